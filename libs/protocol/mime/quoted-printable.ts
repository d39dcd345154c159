const MAX_LINE = 76; // RFC 2045 §6.7 (5)
const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const DOT = 46;
const EQUALS = 61;
const SCRATCH = Buffer.allocUnsafeSlow(64 * 1024);
const HEX = Buffer.from('0123456789ABCDEF');

/** 1 for bytes that stand for themselves: printable ASCII without `=`; white space is judged by its neighbours. */
const PLAIN = new Uint8Array(256);
for (let byte = 33; byte <= 126; byte++) PLAIN[byte] = byte === EQUALS ? 0 : 1;

/**
 * Quoted-printable (RFC 2045 §6.7) in a form that needs no more work on its way: no line ends in white space, no two
 * white spaces stand together and no line starts with a dot. So the text is its own relaxed body canonical form
 * (RFC 6376 §3.4.4) and needs no dot-stuffing (RFC 5321 §4.5.2). Every line break of the text becomes CRLF.
 */
export function encodeQuotedPrintable(text: string | Uint8Array): Buffer {
  return encode(text, false);
}

/**
 * One segment of a part that is put together from several: it starts at column 0 and ends with a line end of its own,
 * soft where the text does not end a line. Segments in a row decode to their texts in a row.
 */
export function encodeQpSegment(text: string | Uint8Array): Buffer {
  return encode(text, true);
}

function encode(text: string | Uint8Array, isSegment: boolean): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  if (bytes.length === 0) return Buffer.alloc(0);
  // Three bytes for each at the most, and a soft break of three for every 73.
  const most = bytes.length * 3 + Math.ceil((bytes.length * 3) / 70) * 3 + 8;
  // Mostly a third of that is used: what fits is written into one buffer and copied (bench api-batch).
  const out = most <= SCRATCH.length ? SCRATCH : Buffer.allocUnsafe(most);
  let length = 0;
  let column = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === LF || (byte === CR && bytes[i + 1] === LF)) {
      if (byte === CR) i++;
      out[length++] = CR;
      out[length++] = LF;
      column = 0;
      continue;
    }
    const isPlain = PLAIN[byte] === 1 ? byte !== DOT || column > 0 : isLoneSpace(bytes, i, out, length, column);
    const width = isPlain ? 1 : 3;
    if (column + width > MAX_LINE - 1) {
      out[length++] = EQUALS;
      out[length++] = CR;
      out[length++] = LF;
      column = 0;
      i--;
      continue;
    }
    if (isPlain) {
      out[length++] = byte;
    } else {
      out[length++] = EQUALS;
      out[length++] = HEX[byte >>> 4]!;
      out[length++] = HEX[byte & 15]!;
    }
    column += width;
  }
  if (isSegment && column > 0) {
    out[length++] = EQUALS;
    out[length++] = CR;
    out[length++] = LF;
  }
  return out === SCRATCH ? Buffer.from(out.subarray(0, length)) : out.subarray(0, length);
}

/** A white space may stand as itself inside a line, after something and before something that is not white space. */
function isLoneSpace(bytes: Uint8Array, i: number, out: Uint8Array, length: number, column: number): boolean {
  if (bytes[i] !== SPACE || column === 0) return false;
  const before = out[length - 1];
  const after = bytes[i + 1];
  return before !== SPACE && after !== undefined && after !== SPACE && after !== TAB && after !== CR && after !== LF;
}
