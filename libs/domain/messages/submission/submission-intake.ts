import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ActorContext } from '#base/kernel';
import { type AcceptedMessages, type MessageAcceptor } from '../message-acceptor.js';
import type { DsnRequest } from '../message-draft.js';
import { messagesError } from '../messages.errors.js';
import { readRaw } from '../prepare-raw.js';
import { readSubmissionHeaders } from './submission-headers.js';

/** Who submits: an API key, or a mailbox. */
export interface Submitter {
  readonly context: ActorContext;
  readonly apiKeyId: string | null;
  /** The one domain it may send from. */
  readonly domain: string | null;
  /** The addresses that it may send from, lower case; absent: all of its domains. */
  readonly addresses?: readonly string[];
}

export interface SubmittedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly dsn?: DsnRequest | undefined;
}

/** Messages are held whole while they are checked; more than this at once has to wait. */
const MAX_BYTES_IN_HAND = 256 * 1024 * 1024;

/** Takes what SMTP submission hands over, by the same rules as the send API. One for all listeners of a process. */
export class SubmissionIntake {
  private bytesInHand = 0;

  constructor(
    private readonly acceptor: Pick<MessageAcceptor, 'accept'>,
    private readonly now: () => Date = () => new Date(),
    private readonly maxBytesInHand = MAX_BYTES_IN_HAND,
  ) {}

  /**
   * @returns the id of the message, which is durable by then
   * @throws ChaparError as `MessageAcceptor.accept`, `accepting_overloaded`; the stream's own error when it fails
   */
  async take(submitter: Submitter, mail: SubmittedMail, content: Readable): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        this.bytesInHand += chunk.length;
        if (this.bytesInHand > this.maxBytesInHand)
          throw messagesError('accepting_overloaded', 'More mail is coming in than there is memory for; try again in a minute.');
        chunks.push(chunk);
      }
      return await this.accept(submitter, mail, Buffer.concat(chunks, bytes));
    } finally {
      this.bytesInHand -= bytes;
    }
  }

  private async accept(submitter: Submitter, { from, to, dsn }: SubmittedMail, raw: Buffer): Promise<string> {
    const { options, idempotencyKey } = readSubmissionHeaders(readRaw(raw).headers, this.now());
    const hash = () =>
      createHash('sha256')
        .update(JSON.stringify([from, to]))
        .update(withoutTrace(raw))
        .digest();
    const { response } = await this.acceptor.accept(submitter.context, [{ ...options, raw, envelope: { from, to }, ...(dsn && { dsn }) }], {
      apiKeyId: submitter.apiKeyId,
      keyDomain: submitter.domain,
      ...(submitter.addresses && { ownAddresses: submitter.addresses }),
      ...(idempotencyKey !== undefined && { idempotency: { endpoint: 'smtp', key: idempotencyKey, hash: hash() } }),
    });
    return (response as AcceptedMessages).messages[0]!.id;
  }
}

/** Our own Received field differs each time; the same mail sent again is the same mail. */
function withoutTrace(raw: Buffer): Buffer {
  const end = /^Received:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n/i.exec(raw.subarray(0, 2_000).toString('latin1'))?.[0].length ?? 0;
  return raw.subarray(end);
}
