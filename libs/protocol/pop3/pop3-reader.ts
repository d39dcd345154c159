import type { Pop3Command, Pop3Event } from './pop3.types.js';

/** RFC 2449 §4 and RFC 5034 §4: 255 octets, and more for AUTH with an initial response. */
const LONGEST_LINE = 8192;
const LF = 0x0a;

/** Commands out of bytes, in any pieces, one at a time. */
export class Pop3Reader {
  private chunks: Buffer[] = [];
  private length = 0;
  private lineWanted = false;
  private isClosed = false;

  get bufferedBytes(): number {
    return this.length;
  }

  push(chunk: Buffer): void {
    if (this.isClosed || chunk.length === 0) return;
    this.chunks.push(chunk);
    this.length += chunk.length;
    // Lines are short: many pieces are one again before they cost more than they hold.
    if (this.chunks.length > 64) this.chunks = [Buffer.concat(this.chunks)];
  }

  /** The next event is a line as it stands. Call it before `next()`. */
  expectLine(): void {
    this.lineWanted = true;
  }

  /** What came with STLS is not to be believed. @returns how many bytes that were */
  discardBuffered(): number {
    const dropped = this.length;
    this.chunks = [];
    this.length = 0;
    return dropped;
  }

  next(): Pop3Event | undefined {
    if (this.isClosed || this.length === 0) return undefined;
    const buffered = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    const at = buffered.indexOf(LF);
    if ((at < 0 ? buffered.length : at) > LONGEST_LINE) {
      this.isClosed = true;
      this.discardBuffered();
      return { kind: 'bad', text: 'The line is too long', isFatal: true };
    }
    this.chunks = [at < 0 ? buffered : buffered.subarray(at + 1)];
    if (at < 0) return undefined;
    this.length -= at + 1;
    const line = buffered.subarray(0, at > 0 && buffered[at - 1] === 0x0d ? at - 1 : at);
    if (this.lineWanted) {
      this.lineWanted = false;
      return { kind: 'line', line };
    }
    const command = parsePop3Command(line);
    return typeof command === 'string' ? { kind: 'bad', text: command, isFatal: false } : { kind: 'command', command };
  }
}

/** @returns the command, or why it is none */
export function parsePop3Command(line: Buffer): Pop3Command | string {
  if (line.includes(0)) return 'A command must not hold NUL';
  const [, word = '', space = '', rest = ''] = /^([A-Za-z0-9]*)( ?)([^]*)$/.exec(line.toString('utf8'))!;
  const verb = word.toUpperCase();
  const args = rest.trim() === '' ? [] : rest.trim().split(/ +/);
  switch (verb) {
    case 'CAPA':
    case 'STLS':
    case 'STAT':
    case 'NOOP':
    case 'RSET':
    case 'QUIT':
    case 'UTF8':
      return args.length > 0 ? `${verb} takes no argument` : { verb };
    case 'USER':
      return rest.trim() === '' ? 'USER needs a name' : { verb, name: rest.trim() };
    case 'PASS':
      // A password may hold and end in spaces (RFC 1939 §7).
      return space === '' ? 'PASS needs a password' : { verb, password: rest };
    case 'AUTH':
      return auth(args);
    case 'LIST':
    case 'UIDL':
      return args.length === 0 ? { verb } : withNumbers(args, 1, `${verb} takes a message number`, ([message]) => ({ verb, message }));
    case 'RETR':
    case 'DELE':
      return withNumbers(args, 1, `${verb} takes a message number`, ([message]) => ({ verb, message: message! }));
    case 'TOP':
      return withNumbers(args, 2, 'TOP takes a message number and a number of lines', ([message, lines]) => ({
        verb,
        message: message!,
        lines: lines!,
      }));
    case 'LANG':
      if (args.length === 0) return { verb };
      return /^(\*|[A-Za-z0-9-]{1,40})$/.test(args.join(' ')) ? { verb, tag: args[0] } : 'LANG takes one language tag';
    default:
      return 'There is no such command';
  }
}

function auth([mechanism, response, ...more]: readonly string[]): Pop3Command | string {
  if (mechanism === undefined) return { verb: 'AUTH' };
  if (more.length > 0 || !/^[A-Za-z0-9_-]{1,20}$/.test(mechanism)) return 'AUTH takes a mechanism and an initial response';
  const named = { verb: 'AUTH' as const, mechanism: mechanism.toUpperCase() };
  if (response === undefined) return named;
  if (response === '=') return { ...named, initialResponse: Buffer.alloc(0) };
  if (response.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(response)) return 'The initial response is no base64';
  return { ...named, initialResponse: Buffer.from(response, 'base64') };
}

function withNumbers(
  args: readonly string[],
  count: number,
  complaint: string,
  make: (numbers: number[]) => Pop3Command,
): Pop3Command | string {
  if (args.length !== count || args.some((argument) => !/^\d{1,10}$/.test(argument))) return complaint;
  return make(args.map(Number));
}
