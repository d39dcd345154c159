/** Undoes a transfer encoding (RFC 2045 §6). @returns undefined where it is none that is known: `NO [UNKNOWN-CTE]` */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer | undefined {
  switch (encoding.toLowerCase()) {
    case '7bit':
    case '8bit':
    case 'binary':
      return bytes;
    case 'base64':
      return decodeBase64(bytes);
    case 'quoted-printable':
      return decodeQuotedPrintable(bytes);
    default:
      return undefined;
  }
}

/** Whether what stands behind a padding is read on: several encoders wrote one after the other. */
function decodeBase64(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, '');
  const runs = text.match(/[^=]+/g) ?? [];
  return runs.length === 1 ? Buffer.from(runs[0]!, 'base64') : Buffer.concat(runs.map((run) => Buffer.from(run, 'base64')));
}

/** White space at a line's end goes (RFC 2045 §6.7 rule 3), line by line: a pattern over all of it takes quadratic time where spaces run on. */
function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const text = lines.map((line, index) => softLine(line, index === lines.length - 1)).join('');
  return Buffer.from(
    text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** A line with its end, or without where a `=` stands before it. */
function softLine(line: string, isLast: boolean): string {
  let end = line.length;
  const hasCr = !isLast && line[end - 1] === '\r';
  if (hasCr) end -= 1;
  if (isLast) return line;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
  return line[end - 1] === '=' ? line.slice(0, end - 1) : `${line.slice(0, end)}${hasCr ? '\r' : ''}\n`;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes as text in the charset they claim; UTF-8 where they claim nothing usable, and Windows-1252 where it is not even that. */
export function decodeCharset(bytes: Buffer, charset: string | undefined): string {
  const label = charset?.trim().toLowerCase() ?? '';
  if (label !== '' && label.length <= 40 && !/^(utf-?8|us-ascii)$/.test(label)) {
    try {
      return new TextDecoder(label).decode(bytes);
    } catch {
      // An unknown name says nothing: go on as without one.
    }
  }
  try {
    return utf8.decode(bytes);
  } catch {
    return new TextDecoder(label === 'utf-8' || label === 'utf8' ? 'utf-8' : 'windows-1252').decode(bytes);
  }
}

/** RFC 2047 §2; RFC 2231 §5 adds `*language`. */
const WORD = /=\?([\w.:-]{1,60})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\s]{0,5000})\?=/g;

/** A header field's bytes as people read them: encoded words decoded, white space between two of them gone (RFC 2047 §6.2). */
export function decodeHeaderText(value: string): string {
  const plain = /[\x80-\xff]/.test(value) ? decodeCharset(Buffer.from(value, 'latin1'), undefined) : value;
  if (!plain.includes('=?')) return plain;
  // Words of one charset and encoding are one run of bytes: senders cut characters in two.
  let text = '';
  let end = 0;
  let run: { charset: string; bytes: Buffer[] } | undefined;
  const flush = () => {
    if (run !== undefined) text += decodeCharset(Buffer.concat(run.bytes), run.charset);
    run = undefined;
  };
  for (const match of plain.matchAll(WORD)) {
    const [whole, charset = '', encoding = '', content = ''] = match;
    const between = plain.slice(end, match.index);
    const bytes = encoding.toLowerCase() === 'b' ? decodeBase64(Buffer.from(content)) : decodeQ(content);
    if (run !== undefined && run.charset.toLowerCase() === charset.toLowerCase() && /^\s*$/.test(between)) run.bytes.push(bytes);
    else {
      const wasWord = run !== undefined;
      flush();
      if (!wasWord || !/^\s*$/.test(between)) text += between;
      run = { charset, bytes: [bytes] };
    }
    end = match.index + whole.length;
  }
  flush();
  return text + plain.slice(end);
}

function decodeQ(text: string): Buffer {
  const decoded = text
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(decoded, 'latin1');
}
