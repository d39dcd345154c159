/** Undoes a transfer encoding (RFC 2045 §6); what is broken is read as far as it goes. */
export function decodeBody(body: Buffer, encoding: string): Buffer {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64');
    case 'quoted-printable':
      return decodeQuotedPrintable(body.toString('latin1'));
    default:
      return body;
  }
}

function decodeQuotedPrintable(text: string): Buffer {
  const joined = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(joined, 'latin1');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes as text in the charset they claim; without a usable claim UTF-8, and what is not UTF-8 as Windows-1252. */
export function decodeBytes(bytes: Buffer, charset: string | undefined): string {
  const named = charset === undefined ? undefined : decoderOf(charset);
  if (named) return named.decode(bytes);
  try {
    return utf8.decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** undefined for UTF-8 and ASCII too: whoever claims them may still have written something else. */
function decoderOf(charset: string): InstanceType<typeof TextDecoder> | undefined {
  const label = charset.trim().toLowerCase();
  if (label === '' || label === 'utf-8' || label === 'utf8' || label === 'us-ascii' || label.length > 40) return undefined;
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

// RFC 2047 §2; RFC 2231 §5 adds *language.
const WORD = /=\?([\w.:-]{1,60})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\s]{0,2000})\?=/g;

/** Decodes the encoded words of a header value; white space between two of them goes (RFC 2047 §6.2). */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return value;
  return value
    .slice(0, 20_000)
    .replace(/\?=[ \t]{1,100}=\?/g, '?==?')
    .replace(WORD, (_, charset: string, encoding: string, text: string) => {
      const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : decodeQuotedPrintable(text.replaceAll('_', ' '));
      return decodeBytes(bytes, charset);
    });
}
