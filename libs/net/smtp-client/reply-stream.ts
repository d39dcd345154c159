import type { Socket } from 'node:net';
import { ReplyParser, ReplySyntaxError, type SmtpReply } from '#protocol/smtp';

/** The conversation broke: closed, reset, silent for too long, or not SMTP. */
export class ConversationEnded extends Error {
  override readonly name = 'ConversationEnded';
}

interface Waiter {
  readonly resolve: (reply: SmtpReply) => void;
  readonly reject: (error: ConversationEnded) => void;
}

/**
 * Replies of one socket in order, each awaited with its own patience. One timer serves the whole connection: it watches for
 * silence, and what does come is held against the same deadline, so that a reply in drops takes no longer than one that never comes.
 */
export class ReplyStream {
  private parser = new ReplyParser();
  private readonly ready: SmtpReply[] = [];
  private waiter: Waiter | undefined;
  private ended: ConversationEnded | undefined;
  private deadline = 0;

  constructor(private socket: Socket) {
    this.listen(socket);
  }

  /** @throws ConversationEnded */
  next(timeoutMs: number): Promise<SmtpReply> {
    const reply = this.ready.shift();
    if (reply) return Promise.resolve(reply);
    if (this.ended) return Promise.reject(this.ended);
    this.socket.setTimeout(timeoutMs);
    this.deadline = performance.now() + timeoutMs;
    return new Promise((resolve, reject) => (this.waiter = { resolve, reject }));
  }

  /** Whether the peer has said something that nobody asked for, or half of it. */
  get hasUnread(): boolean {
    return this.ready.length > 0 || this.parser.isMidReply;
  }

  get hasEnded(): boolean {
    return this.ended !== undefined;
  }

  /** Goes on over TLS. What came before in the clear is forgotten: an attacker may have put it there (CVE-2011-0411's kind). */
  switchTo(socket: Socket): void {
    this.ready.length = 0;
    this.parser = new ReplyParser();
    this.socket = socket;
    this.listen(socket);
  }

  /** Stops reading from the plain socket before TLS takes it over. */
  detach(): void {
    this.socket.setTimeout(0);
    for (const [event, listener] of this.listeners) this.socket.off(event, listener as (...values: unknown[]) => void);
  }

  private readonly listeners: readonly (readonly [string, (...values: never[]) => void])[] = [
    ['data', (chunk: Buffer) => this.take(chunk)],
    ['timeout', () => (this.waiter ? this.end('the server was silent for too long') : this.socket.setTimeout(0))],
    ['error', (error: Error) => this.end(error.message)],
    ['close', () => this.end('the server closed the connection')],
    ['end', () => this.end('the server closed the connection')],
  ];

  private listen(socket: Socket): void {
    for (const [event, listener] of this.listeners) socket.on(event, listener as (...values: unknown[]) => void);
  }

  private take(chunk: Buffer): void {
    try {
      this.ready.push(...this.parser.push(chunk));
    } catch (error) {
      if (!(error instanceof ReplySyntaxError)) throw error;
      this.end(error.message);
      return;
    }
    if (this.waiter && this.ready.length > 0) {
      const { resolve } = this.waiter;
      this.waiter = undefined;
      this.socket.setTimeout(0);
      resolve(this.ready.shift()!);
    } else if (this.waiter && performance.now() > this.deadline) this.end('the server took too long over one reply');
  }

  private end(reason: string): void {
    if (this.ended) return;
    this.ended = new ConversationEnded(reason);
    this.socket.setTimeout(0);
    this.socket.destroy();
    const { waiter } = this;
    this.waiter = undefined;
    waiter?.reject(this.ended);
  }
}
