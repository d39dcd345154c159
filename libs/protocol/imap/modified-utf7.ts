/** RFC 3501 §5.1.3: base64 with `,` for `/`, without padding, of UTF-16. */
const SHIFTED = /&([^-&]*)-/g;

/** As names travel to clients that have not enabled UTF-8. */
export function encodeModifiedUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const bytes = Buffer.from(run, 'utf16le').swap16();
    return `&${bytes.toString('base64').replaceAll('/', ',').replace(/=+$/, '')}-`;
  });
}

/** @returns undefined where the text is no modified UTF-7: an open or broken shift, a hidden ASCII character, half a surrogate pair */
export function decodeModifiedUtf7(text: string): string | undefined {
  if (!text.includes('&')) return text;
  if (text.lastIndexOf('&') > text.lastIndexOf('-')) return undefined;
  let isGood = true;
  const name = text.replace(SHIFTED, (_, run: string) => {
    if (run === '') return '&';
    const decoded = decodeRun(run);
    if (decoded === undefined) isGood = false;
    return decoded ?? '';
  });
  // Names have one form: a text that would be written otherwise could stand for the same mailbox twice.
  return isGood && encodeModifiedUtf7(name) === text ? name : undefined;
}

function decodeRun(run: string): string | undefined {
  if (!/^[A-Za-z0-9+,]+$/.test(run)) return undefined;
  const bytes = Buffer.from(run.replaceAll(',', '/'), 'base64');
  if (bytes.length % 2 !== 0 || bytes.length === 0) return undefined;
  const text = bytes.swap16().toString('utf16le');
  return text.isWellFormed() ? text : undefined;
}
