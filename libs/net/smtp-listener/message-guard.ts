import { Transform, type TransformCallback } from 'node:stream';
import type { SmtpRefusal } from './smtp-listener.types.js';

export interface GuardOptions {
  readonly maxSizeBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxReceivedFields: number;
  /** Put in front of the message. */
  readonly prefix: string;
}

/** Why the guard ended the stream; the connection says so after the final dot. */
export class MessageRefused extends Error {
  constructor(readonly refusal: SmtpRefusal) {
    super(refusal.text);
  }
}

const CR = 0x0d;
const LF = 0x0a;
const RECEIVED = Buffer.from('received:');

/**
 * Lets a message through byte by byte, or ends with `MessageRefused`. A bare CR, a bare LF or a NUL is refused, never
 * repaired (RFC 5321 §2.3.8, §4.1.1.4): what one server takes for the end of a message and another for its body is how
 * a second message is smuggled behind the first.
 */
export class MessageGuard extends Transform {
  private sizeBytes = 0;
  private headerBytes = 0;
  private receivedFields = 0;
  private isHeader = true;
  private previous = LF;
  private column = 0;
  private isReceivedName = true;

  constructor(private readonly options: GuardOptions) {
    super();
    this.push(Buffer.from(options.prefix, 'utf8'));
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const refusal = this.inspect(chunk);
    if (refusal) done(new MessageRefused(refusal));
    else done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    if (this.previous === CR) done(new MessageRefused(bareLineEnd));
    else done();
  }

  private inspect(chunk: Buffer): SmtpRefusal | undefined {
    this.sizeBytes += chunk.length;
    if (this.sizeBytes > this.options.maxSizeBytes) {
      return { code: 552, enhanced: '5.3.4', text: `Message is larger than ${this.options.maxSizeBytes} bytes` };
    }
    for (const byte of chunk) {
      if (byte === 0) return { code: 554, enhanced: '5.6.11', text: 'Message contains a NUL byte' };
      // CR and LF come as a pair or not at all.
      if ((byte === LF) !== (this.previous === CR)) return bareLineEnd;
      if (this.isHeader) {
        const refusal = this.inspectHeader(byte);
        if (refusal) return refusal;
      }
      this.previous = byte;
    }
    return undefined;
  }

  private inspectHeader(byte: number): SmtpRefusal | undefined {
    if (++this.headerBytes > this.options.maxHeaderBytes) return { code: 552, enhanced: '5.3.4', text: 'Message header is too large' };
    if (byte === LF) {
      if (this.column === 0) this.isHeader = false;
      this.column = 0;
      this.isReceivedName = true;
      return undefined;
    }
    if (byte === CR) return undefined;
    if (this.isReceivedName && this.column < RECEIVED.length) {
      this.isReceivedName = (byte | (byte >= 0x41 && byte <= 0x5a ? 0x20 : 0)) === RECEIVED[this.column];
      if (this.isReceivedName && this.column === RECEIVED.length - 1 && ++this.receivedFields > this.options.maxReceivedFields) {
        return { code: 554, enhanced: '5.4.6', text: 'Too many hops, this message runs in a circle' };
      }
    }
    this.column++;
    return undefined;
  }
}

const bareLineEnd: SmtpRefusal = { code: 554, enhanced: '5.6.11', text: 'Message contains a bare CR or LF, lines end in CR LF' };
