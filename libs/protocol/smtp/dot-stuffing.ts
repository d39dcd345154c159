const CRLF_DOT = Buffer.from('\r\n.');
const DOT = 46;
const LF = 10;
const CR = 13;

/**
 * The chunks of a message as DATA sends them (RFC 5321 §4.5.2): a dot that starts a line is doubled, and the text ends
 * in CRLF, dot, CRLF. Chunks without such a dot are passed on as they are, so the usual message is not copied.
 */
export function dataChunks(chunks: readonly Buffer[]): Buffer[] {
  const out: Buffer[] = [];
  // The two bytes before the current chunk: a line end may be cut in two.
  let beforeLast = CR;
  let last = LF;
  for (const chunk of chunks) {
    if (chunk.length === 0) continue;
    const startsLine = beforeLast === CR && last === LF && chunk[0] === DOT;
    const startsAfterCut = last === CR && chunk[0] === LF && chunk[1] === DOT;
    if (startsLine || startsAfterCut || chunk.indexOf(CRLF_DOT) >= 0) out.push(stuff(chunk, startsLine, startsAfterCut));
    else out.push(chunk);
    beforeLast = chunk.length > 1 ? chunk[chunk.length - 2]! : last;
    last = chunk[chunk.length - 1]!;
  }
  out.push(beforeLast === CR && last === LF ? END : END_AFTER_LINE);
  return out;
}

const END = Buffer.from('.\r\n');
const END_AFTER_LINE = Buffer.from('\r\n.\r\n');

function stuff(chunk: Buffer, startsLine: boolean, startsAfterCut: boolean): Buffer {
  const text = chunk.toString('latin1').replaceAll('\r\n.', '\r\n..');
  const start = startsLine ? `.${text}` : startsAfterCut ? text.replace('\n.', '\n..') : text;
  return Buffer.from(start, 'latin1');
}
