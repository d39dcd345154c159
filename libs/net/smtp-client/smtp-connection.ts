import type { Socket } from 'node:net';
import {
  type SmtpCapabilities,
  SmtpProtocolError,
  type SmtpStage,
  type TransactionAction,
  TransactionMachine,
  type TransactionResult,
  formatDialogue,
} from '#protocol/smtp';
import { openSocket } from './open-socket.js';
import { ConversationEnded } from './reply-stream.js';
import {
  type ClientTransaction,
  SmtpConnectError,
  type SmtpClientOptions,
  type SmtpOutcome,
  type SmtpTarget,
  type SmtpTimeouts,
  type TlsPeer,
  type TlsProblem,
  type TlsSession,
  defaultTimeouts,
} from './smtp-client.types.js';
import { HandshakeFailed, SmtpOpening } from './smtp-opening.js';
import { eachRecipient, unfit, verdict } from './transaction-outcome.js';

/** A server that reads its mail slower than this holds a connection that others need. */
const SLOWEST_BYTES_PER_SECOND = 1_000;

/** An SMTP client connection that carries one transaction after another, each in as few round trips as the server allows. */
export class SmtpConnection {
  private needsReset = false;
  private isBusy = false;
  private isClosing = false;
  private sent = 0;
  private readonly opening: SmtpOpening;
  private readonly timeouts: SmtpTimeouts;

  private constructor(
    socket: Socket,
    readonly target: SmtpTarget,
    private readonly options: SmtpClientOptions,
    isClassic: boolean,
  ) {
    this.timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.opening = new SmtpOpening(socket, target, options, this.timeouts, isClassic);
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /**
   * Connects, greets, and turns TLS on where it is offered. A handshake that fails is tried once more without the post-quantum
   * exchange. Opportunistic TLS that fails again is given up on another, plain connection: mail in the clear is what such a
   * server got before.
   * @throws SmtpConnectError
   */
  static async open(target: SmtpTarget, options: SmtpClientOptions): Promise<SmtpConnection> {
    try {
      return await SmtpConnection.attempt(target, options, false).catch((error: unknown) => {
        if (!(error instanceof HandshakeFailed)) throw error;
        return SmtpConnection.attempt(target, options, true);
      });
    } catch (error) {
      if (options.tls !== 'opportunistic' || !(error instanceof SmtpConnectError) || error.stage !== 'starttls') throw error;
      const plain = await SmtpConnection.attempt(target, { ...options, tls: 'never' }, false);
      plain.opening.plainBecause = error.tlsProblem;
      return plain;
    }
  }

  private static async attempt(target: SmtpTarget, options: SmtpClientOptions, isClassic: boolean): Promise<SmtpConnection> {
    const { socket, host } = await openSocket(target, { ...defaultTimeouts, ...options.timeouts }.connectMs, options.signal);
    const connection = new SmtpConnection(socket, { ...target, host }, options, isClassic);
    try {
      await connection.opening.run();
      return connection;
    } catch (error) {
      connection.destroy();
      if (error instanceof SmtpConnectError) error.host = host;
      throw error;
    }
  }

  /** Free for another transaction. */
  get isUsable(): boolean {
    return !this.isBusy && !this.isClosing && !this.opening.replies.hasEnded && !this.opening.replies.hasUnread && !this.socket.destroyed;
  }

  /** Transactions carried so far, whatever became of them. */
  get sentMessages(): number {
    return this.sent;
  }

  get usesTls(): boolean {
    return this.opening.session !== undefined;
  }

  /** What the server can do, as it said last. */
  get offers(): SmtpCapabilities {
    return this.opening.capabilities;
  }

  /** The TLS session, if there is one. */
  get tls(): TlsSession | undefined {
    return this.opening.session;
  }

  /** Who answered over TLS. */
  get peer(): TlsPeer | undefined {
    return this.opening.identity;
  }

  /** Our own address, as the network saw it go out. */
  get localAddress(): string | undefined {
    return this.socket.localAddress;
  }

  /** Why the connection is in the clear, where TLS was wanted. */
  get tlsProblem(): TlsProblem | undefined {
    return this.opening.plainBecause;
  }

  /** Sends one message. Never throws for what the peer does: that is the outcome. */
  async send(transaction: ClientTransaction): Promise<SmtpOutcome> {
    if (!this.isUsable) throw new TypeError('the connection is busy or closed');
    const startedAt = performance.now();
    this.isBusy = true;
    this.sent++;
    const progress: Progress = { stage: 'mail', isComplete: false };
    const outcome = (rest: Omit<SmtpOutcome, 'tls' | 'durationMs'>): SmtpOutcome => ({
      ...rest,
      tls: this.usesTls,
      durationMs: performance.now() - startedAt,
    });
    const refusalOfOurs = unfit(transaction, this.opening.capabilities);
    if (refusalOfOurs) {
      this.isBusy = false;
      const note = { note: `${refusalOfOurs.text}; it was not offered` };
      return outcome({
        dialogue: formatDialogue([...this.opening.dialogue, note]),
        kind: 'rejected',
        stage: 'mail',
        isAmbiguous: false,
        reply: refusalOfOurs,
      });
    }
    const machine = new TransactionMachine(transaction, this.opening.capabilities, this.needsReset);
    const refusal = (result: TransactionResult, note?: string): SmtpOutcome =>
      outcome({ ...verdict(result), isAmbiguous: false, dialogue: this.dialogue(machine, note) });
    try {
      const result = await this.run(machine, transaction, progress);
      const each = eachRecipient(transaction, machine, result);
      const hasRefused = each.recipients?.some(({ kind }) => kind !== 'accepted') ?? false;
      if (result.kind !== 'accepted') return { ...refusal(result), ...each };
      return outcome({
        ...verdict(result),
        isAmbiguous: false,
        ...each,
        ...(hasRefused && { dialogue: this.dialogue(machine, undefined) }),
      });
    } catch (error) {
      this.destroy();
      if (!(error instanceof ConversationEnded) && !(error instanceof SmtpProtocolError)) throw error;
      const refused = machine.refusedSoFar;
      if (refused) return { ...refusal(refused, error.message), ...eachRecipient(transaction, machine, refused) };
      const dialogue = this.dialogue(machine, error.message);
      const lost = { kind: 'lost', stage: progress.stage } as const;
      return outcome({
        ...lost,
        reason: error.message,
        isAmbiguous: progress.isComplete,
        dialogue,
        ...eachRecipient(transaction, machine, lost),
      });
    } finally {
      this.isBusy = false;
    }
  }

  /** Says QUIT and waits a moment for the answer. */
  async close(): Promise<void> {
    if (this.isClosing) return;
    this.isClosing = true;
    if (!this.opening.replies.hasEnded && !this.isBusy) {
      this.socket.write('QUIT\r\n');
      await this.opening.replies.next(this.timeouts.quitMs).catch(() => undefined);
    }
    this.destroy();
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.isClosing = true;
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.socket.destroy();
  }

  private get socket(): Socket {
    return this.opening.socket;
  }

  private readonly onAbort = (): void => this.destroy();

  private async run(machine: TransactionMachine, transaction: ClientTransaction, progress: Progress): Promise<TransactionResult> {
    let action: TransactionAction = machine.start();
    for (;;) {
      if (action.type === 'done') {
        this.needsReset = action.needsReset;
        // 421: the server is about to close (RFC 5321 §3.8).
        if (action.result.reply.code === 421) this.isClosing = true;
        return action.result;
      }
      progress.stage = action.await;
      if (action.type === 'write') this.write(action.chunks);
      if (action.type === 'write-final') await this.writeFinal(action.chunks, transaction, progress);
      action = machine.reply(await this.opening.replies.next(this.patience(progress)));
    }
  }

  /** Everything said on this connection but what concerned other messages. */
  private dialogue(machine: TransactionMachine, note: string | undefined): string {
    const before = this.sent > 1 ? [{ note: `message ${this.sent} on this connection` }] : [];
    return formatDialogue([...this.opening.dialogue, ...before, ...machine.dialogue, ...(note === undefined ? [] : [{ note }])]);
  }

  private write(chunks: readonly Buffer[]): boolean {
    this.socket.cork();
    let hasRoom = true;
    for (const chunk of chunks) hasRoom = this.socket.write(chunk);
    this.socket.uncork();
    return hasRoom;
  }

  /**
   * The last chunk completes the message. It is held back while the socket is full, so that a connection that breaks
   * half way through a large message is no doubt about anything.
   */
  private async writeFinal(chunks: readonly Buffer[], transaction: ClientTransaction, progress: Progress): Promise<void> {
    const last = chunks.at(-1)!;
    this.socket.cork();
    let hasRoom = true;
    for (let i = 0; i < chunks.length - 1; i++) hasRoom = this.socket.write(chunks[i]!);
    if (!hasRoom) {
      this.socket.uncork();
      await this.drained(transaction.sizeBytes);
      this.socket.cork();
    }
    if (this.opening.replies.hasEnded || this.socket.destroyed) {
      this.socket.uncork();
      return;
    }
    // A reply to a message that is not complete is no promise about it.
    if (this.opening.replies.hasUnread) throw new SmtpProtocolError('the server answered before it was asked');
    transaction.beforeFinalDot?.();
    progress.isComplete = true;
    this.socket.write(last);
    this.socket.uncork();
  }

  private async drained(sizeBytes: number): Promise<void> {
    const { socket } = this;
    const slowest = setTimeout(() => socket.destroy(), this.timeouts.dataMs + (sizeBytes / SLOWEST_BYTES_PER_SECOND) * 1000);
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done).off('timeout', giveUp);
        resolve();
      };
      const giveUp = () => {
        socket.destroy();
        done();
      };
      socket.on('drain', done).on('close', done).on('timeout', giveUp);
      socket.setTimeout(this.timeouts.dataMs);
      if (socket.destroyed || socket.writableLength === 0) done();
    });
    clearTimeout(slowest);
    socket.setTimeout(0);
  }

  private patience({ stage, isComplete }: Progress): number {
    if (isComplete || stage === 'dot') return this.timeouts.dotMs;
    if (stage === 'mail') return this.timeouts.mailMs;
    return stage === 'rcpt' ? this.timeouts.rcptMs : this.timeouts.dataMs;
  }
}

interface Progress {
  stage: SmtpStage;
  /** The bytes that complete the message were handed over. */
  isComplete: boolean;
}
