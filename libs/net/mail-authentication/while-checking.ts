import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';

export interface CheckedContent<T> {
  /** The bytes as they come. It ends only when the check is done, and fails where `decide` throws: what was stored of it is dropped then. */
  readonly content: Readable;
  /** What the check found; read it after `content` has ended. */
  result(): T;
}

/**
 * Lets a message through to where it is stored while a copy of it is checked.
 * @param check reads its copy; it may end early
 * @param decide throws to have the message refused
 */
export function whileChecking<T>(
  content: Readable,
  check: (copy: Readable) => Promise<T>,
  decide: (found: T) => void = () => undefined,
): CheckedContent<T> {
  let found: { readonly value: T } | undefined;
  const copy = new PassThrough();
  // A check that ends early wants no more.
  copy.on('error', () => undefined);
  const checking = check(copy);
  checking.then(
    () => copy.resume(),
    () => copy.resume(),
  );
  async function* through(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        if (!copy.write(chunk)) await Promise.race([once(copy, 'drain'), once(copy, 'close')]);
        yield chunk;
      }
      copy.end();
    } catch (error) {
      copy.destroy(error as Error);
      await checking.catch(() => undefined);
      throw error;
    }
    const value = await checking;
    decide(value);
    found = { value };
  }
  return {
    content: Readable.from(through(), { objectMode: false }),
    result() {
      if (!found) throw new Error('the message has not been read to its end');
      return found.value;
    },
  };
}
