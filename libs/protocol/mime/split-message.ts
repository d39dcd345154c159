import type { HeaderField } from './header.js';

/** A message as it lies on disk or came over the wire. */
export interface SplitMessage {
  /** As they stand there, folding included, in their order. */
  readonly headers: readonly HeaderField[];
  readonly body: Buffer;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * Parts the header section from the body (RFC 5322 §2.1); every line has to end in CRLF. A line that is no field ends the
 * section, as readers take it; nothing is changed but the white space after a colon.
 */
export function splitMessage(message: Buffer): SplitMessage {
  if (message.subarray(0, 2).toString('latin1') === '\r\n') return { headers: [], body: message.subarray(2) };
  const at = message.indexOf(END_OF_HEAD);
  const head = (at < 0 ? message : message.subarray(0, at)).toString('utf8');
  const headers: HeaderField[] = [];
  for (const line of head.split(/\r\n(?![ \t])/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trimEnd();
    if (colon < 1 || !/^[\x21-\x39\x3b-\x7e]+$/.test(name)) continue;
    headers.push({ name, value: line.slice(colon + 1).replace(/^[ \t]+/, '') });
  }
  return { headers, body: at < 0 ? Buffer.alloc(0) : message.subarray(at + END_OF_HEAD.length) };
}
