/** A whole SMTP reply (RFC 5321 §4.2). */
export interface SmtpReply {
  /** 200–599 */
  readonly code: number;
  /** Enhanced status code (RFC 3463), such as `4.2.1`. */
  readonly enhanced: string | undefined;
  /** The lines joined by a line feed, without codes. */
  readonly text: string;
}

export interface ReplyLimits {
  readonly maxLineBytes: number;
  readonly maxLines: number;
}

/** RFC 5321 §4.5.3.1.5 asks for 512 bytes a line; real servers write longer ones, none a thousand lines. */
export const defaultReplyLimits: ReplyLimits = { maxLineBytes: 4096, maxLines: 200 };

/** The peer does not speak SMTP, or means us harm. */
export class ReplySyntaxError extends Error {
  override readonly name = 'ReplySyntaxError';
}

const LINE = /^([2-5]\d\d)(?:([ -])(.*))?$/s;
const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/;

/**
 * Reads replies from bytes as they come, however they are cut. Never keeps more than the limits allow.
 * `push` throws ReplySyntaxError for anything that is not a reply; the parser is of no use afterwards.
 */
export class ReplyParser {
  private rest = '';
  private code: number | undefined;
  private enhanced: string | undefined;
  private lines: string[] = [];

  constructor(private readonly limits: ReplyLimits = defaultReplyLimits) {}

  /** @returns the replies that are complete now, in order */
  push(chunk: Buffer): SmtpReply[] {
    this.rest += chunk.toString('latin1');
    const replies: SmtpReply[] = [];
    let start = 0;
    for (let end = this.rest.indexOf('\n'); end >= 0; end = this.rest.indexOf('\n', start)) {
      if (end - start > this.limits.maxLineBytes) throw new ReplySyntaxError('a reply line is too long');
      const reply = this.takeLine(this.rest.slice(start, this.rest[end - 1] === '\r' && end > start ? end - 1 : end));
      if (reply) replies.push(reply);
      start = end + 1;
    }
    this.rest = this.rest.slice(start);
    if (this.rest.length > this.limits.maxLineBytes) throw new ReplySyntaxError('a reply line is too long');
    return replies;
  }

  /** Bytes of a reply that is not complete, or a reply of which lines are missing. */
  get isMidReply(): boolean {
    return this.rest !== '' || this.lines.length > 0;
  }

  private takeLine(line: string): SmtpReply | undefined {
    const match = LINE.exec(line);
    if (!match) throw new ReplySyntaxError(`"${printable(line)}" is not an SMTP reply`);
    const code = Number(match[1]);
    if (this.code !== undefined && this.code !== code) throw new ReplySyntaxError('the lines of a reply have different codes');
    const text = match[3] ?? '';
    const enhanced = ENHANCED.exec(text)?.[1];
    this.code = code;
    // A class that contradicts the code is noise (RFC 2034 §4).
    if (this.lines.length === 0) this.enhanced = enhanced?.[0] === match[1]![0] ? enhanced : undefined;
    this.lines.push(enhanced !== undefined ? text.slice(enhanced.length).trimStart() : text);
    if (this.lines.length > this.limits.maxLines) throw new ReplySyntaxError('a reply has too many lines');
    if (match[2] === '-') return undefined;
    const reply = { code, enhanced: this.enhanced, text: utf8(this.lines.join('\n')) };
    this.code = undefined;
    this.enhanced = undefined;
    this.lines = [];
    return reply;
  }
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

function printable(line: string): string {
  return line.slice(0, 60).replace(/[^\x20-\x7e]/g, '?');
}
