import type { Socket } from 'node:net';
import { messageOf } from '#base/kernel';
import {
  AuthMachine,
  type DialogueEntry,
  type SmtpCapabilities,
  type SmtpCredentials,
  type SmtpReply,
  SmtpProtocolError,
  type SmtpStage,
  type TransactionAction,
  TransactionMachine,
  type TransactionResult,
  formatDialogue,
  noCapabilities,
  parseCapabilities,
} from '#protocol/smtp';
import { openSocket } from './open-socket.js';
import { ConversationEnded, ReplyStream } from './reply-stream.js';
import { peerOf, secureSocket, sessionOf } from './secure-socket.js';
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

/** A server that reads its mail slower than this holds a connection that others need. */
const SLOWEST_BYTES_PER_SECOND = 1_000;

/** An SMTP client connection that carries one transaction after another, each in as few round trips as the server allows. */
export class SmtpConnection {
  private capabilities: SmtpCapabilities = noCapabilities;
  private session: TlsSession | undefined;
  private identity: TlsPeer | undefined;
  private plainBecause: TlsProblem | undefined;
  private needsReset = false;
  private isBusy = false;
  private isClosing = false;
  private sent = 0;
  /** How the conversation began. */
  private readonly opening: DialogueEntry[] = [];
  private readonly replies: ReplyStream;
  private readonly timeouts: SmtpTimeouts;

  private constructor(
    private socket: Socket,
    readonly target: SmtpTarget,
    private readonly options: SmtpClientOptions,
    private readonly isClassic: boolean,
  ) {
    this.timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.replies = new ReplyStream(socket);
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
      plain.plainBecause = error.tlsProblem;
      return plain;
    }
  }

  private static async attempt(target: SmtpTarget, options: SmtpClientOptions, isClassic: boolean): Promise<SmtpConnection> {
    const { socket, host } = await openSocket(target, { ...defaultTimeouts, ...options.timeouts }.connectMs, options.signal);
    const connection = new SmtpConnection(socket, { ...target, host }, options, isClassic);
    try {
      await connection.greet();
      return connection;
    } catch (error) {
      connection.destroy();
      if (error instanceof SmtpConnectError) error.host = host;
      throw error;
    }
  }

  /** Free for another transaction. */
  get isUsable(): boolean {
    return !this.isBusy && !this.isClosing && !this.replies.hasEnded && !this.replies.hasUnread && !this.socket.destroyed;
  }

  /** Transactions carried so far, whatever became of them. */
  get sentMessages(): number {
    return this.sent;
  }

  get usesTls(): boolean {
    return this.session !== undefined;
  }

  /** What the server can do, as it said last. */
  get offers(): SmtpCapabilities {
    return this.capabilities;
  }

  /** The TLS session, if there is one. */
  get tls(): TlsSession | undefined {
    return this.session;
  }

  /** Who answered over TLS. */
  get peer(): TlsPeer | undefined {
    return this.identity;
  }

  /** Our own address, as the network saw it go out. */
  get localAddress(): string | undefined {
    return this.socket.localAddress;
  }

  /** Why the connection is in the clear, where TLS was wanted. */
  get tlsProblem(): TlsProblem | undefined {
    return this.plainBecause;
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
    const refusalOfOurs = unfit(transaction, this.capabilities);
    if (refusalOfOurs) {
      this.isBusy = false;
      const note = { note: `${refusalOfOurs.text}; it was not offered` };
      return outcome({
        dialogue: formatDialogue([...this.opening, note]),
        kind: 'rejected',
        stage: 'mail',
        isAmbiguous: false,
        reply: refusalOfOurs,
      });
    }
    const machine = new TransactionMachine(transaction, this.capabilities, this.needsReset);
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
    if (!this.replies.hasEnded && !this.isBusy) {
      this.socket.write('QUIT\r\n');
      await this.replies.next(this.timeouts.quitMs).catch(() => undefined);
    }
    this.destroy();
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.isClosing = true;
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.socket.destroy();
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
      action = machine.reply(await this.replies.next(this.patience(progress)));
    }
  }

  /** Everything said on this connection but what concerned other messages. */
  private dialogue(machine: TransactionMachine, note: string | undefined): string {
    const before = this.sent > 1 ? [{ note: `message ${this.sent} on this connection` }] : [];
    return formatDialogue([...this.opening, ...before, ...machine.dialogue, ...(note === undefined ? [] : [{ note }])]);
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
    if (this.replies.hasEnded || this.socket.destroyed) {
      this.socket.uncork();
      return;
    }
    // A reply to a message that is not complete is no promise about it.
    if (this.replies.hasUnread) throw new SmtpProtocolError('the server answered before it was asked');
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

  private async greet(): Promise<void> {
    if (this.options.tls === 'implicit') await this.upgrade();
    const banner = await this.expect('banner', this.timeouts.bannerMs, undefined);
    if (banner.code !== 220) throw new SmtpConnectError(`the server greeted with ${banner.code} ${banner.text}`, 'banner', banner);
    await this.hello();
    if (this.options.tls === 'opportunistic' || this.options.tls === 'required') await this.protect(this.options.tls);
    if (this.options.auth) await this.authenticate(this.options.auth);
  }

  private async protect(mode: 'opportunistic' | 'required'): Promise<void> {
    if (!this.capabilities.starttls) {
      this.plainBecause = { type: 'starttls-not-supported', reason: 'the server offers no TLS' };
      if (mode === 'required') throw tlsError('the server offers no TLS, and this destination requires it', this.plainBecause.type);
      return;
    }
    await this.startTls();
    await this.hello();
  }

  private async hello(): Promise<void> {
    this.socket.write(`EHLO ${this.options.helo}\r\n`);
    const reply = await this.expect('ehlo', this.timeouts.ehloMs, `EHLO ${this.options.helo}`);
    if (reply.code === 250) {
      this.capabilities = parseCapabilities(reply);
      return;
    }
    if (reply.code < 500) throw new SmtpConnectError(`EHLO was answered ${reply.code} ${reply.text}`, 'ehlo', reply);
    // A server from before 1995 (RFC 5321 §3.2).
    this.socket.write(`HELO ${this.options.helo}\r\n`);
    const helo = await this.expect('ehlo', this.timeouts.ehloMs, `HELO ${this.options.helo}`);
    if (helo.code !== 250) throw new SmtpConnectError(`HELO was answered ${helo.code} ${helo.text}`, 'ehlo', helo);
    this.capabilities = noCapabilities;
  }

  private async startTls(): Promise<void> {
    this.socket.write('STARTTLS\r\n');
    const reply = await this.expect('starttls', this.timeouts.starttlsMs, 'STARTTLS');
    if (reply.code !== 220) throw tlsError(`STARTTLS was answered ${reply.code} ${reply.text}`, 'starttls-not-supported', reply);
    if (this.replies.hasUnread) throw tlsError('the server sent more in the clear after it had agreed to TLS', 'validation-failure');
    await this.upgrade();
  }

  private async upgrade(): Promise<void> {
    this.replies.detach();
    const { serverName, ca } = this.options;
    const settings = { timeoutMs: this.timeouts.starttlsMs, serverName, ca, isClassic: this.isClassic };
    const secure = await secureSocket(this.socket, this.target, settings).catch((cause: unknown) => {
      throw new HandshakeFailed(cause);
    });
    this.socket = secure;
    this.replies.switchTo(secure);
    this.session = sessionOf(secure);
    this.identity = peerOf(secure, this.target.hostname, this.session);
    this.opening.push({ note: `${this.session.version} ${secure.getCipher().name}${this.session.group ? ` ${this.session.group}` : ''}` });
    const problem = this.options.verifyPeer?.(this.identity);
    if (problem) throw tlsError(problem.reason, problem.type);
  }

  private async authenticate(credentials: SmtpCredentials): Promise<void> {
    const machine = new AuthMachine(credentials, { offered: this.capabilities.auth, isSecure: this.usesTls });
    let action = machine.start();
    while (action.type === 'write') {
      this.socket.write(action.line);
      action = machine.reply(await this.expect('auth', this.timeouts.authMs, action.shown));
    }
    if (action.type === 'failed') throw new SmtpConnectError(action.reason, 'auth', action.reply);
  }

  private async expect(stage: SmtpStage, timeoutMs: number, command: string | undefined): Promise<SmtpReply> {
    try {
      const reply = await this.replies.next(timeoutMs);
      this.opening.push({ command, reply });
      return reply;
    } catch (cause) {
      throw new SmtpConnectError(messageOf(cause), stage, undefined, { cause });
    }
  }
}

interface Progress {
  stage: SmtpStage;
  /** The bytes that complete the message were handed over. */
  isComplete: boolean;
}

/** What the server would say to this message, without spending the traffic. */
function unfit({ sizeBytes, needsSmtpUtf8 }: ClientTransaction, { maxSizeBytes, smtpUtf8 }: SmtpCapabilities): SmtpReply | undefined {
  // RFC 1870 §6.1
  if (maxSizeBytes > 0 && sizeBytes > maxSizeBytes)
    return { code: 552, enhanced: '5.3.4', text: `the message has ${sizeBytes} bytes and the server takes ${maxSizeBytes}` };
  // RFC 6531 §3.2: not to be asked of a server that does not offer it; X.6.7 of RFC 6531 §4.3.
  if (needsSmtpUtf8 && !smtpUtf8)
    return { code: 550, enhanced: '5.6.7', text: 'the address is not ASCII and the server does not offer SMTPUTF8' };
  return undefined;
}

function verdict(result: TransactionResult): Pick<SmtpOutcome, 'kind' | 'stage' | 'reply'> {
  if (result.kind === 'accepted') return { kind: 'accepted', stage: result.stage, reply: result.reply };
  // A reply outside its place, such as 250 to DATA, is taken for a failure that may pass.
  return { kind: result.reply.code >= 500 ? 'rejected' : 'deferred', stage: result.stage, reply: result.reply };
}

/** For a message to one nothing, which costs nothing. */
function eachRecipient(
  { moreRecipients }: ClientTransaction,
  machine: TransactionMachine,
  of: TransactionResult | { readonly kind: 'lost'; readonly stage: SmtpStage },
): Pick<SmtpOutcome, 'recipients'> {
  if (!moreRecipients || moreRecipients.length === 0) return {};
  return {
    recipients: Array.from({ length: 1 + moreRecipients.length }, (_, place) => {
      const own = machine.refusalOf(place);
      return own ? verdict(own) : of.kind === 'lost' ? of : verdict(of);
    }),
  };
}

function tlsError(message: string, type: string, reply?: SmtpReply): SmtpConnectError {
  return new SmtpConnectError(message, 'starttls', reply, { tlsProblem: { type, reason: message } });
}

/** No session came about: another kind of handshake may do better. */
class HandshakeFailed extends SmtpConnectError {
  constructor(cause: unknown) {
    const reason = `the TLS handshake failed: ${messageOf(cause)}`;
    super(reason, 'starttls', undefined, { cause, tlsProblem: { type: 'validation-failure', reason } });
  }
}
