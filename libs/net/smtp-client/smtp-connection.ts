import { type Socket, connect, isIP } from 'node:net';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import { messageOf } from '#base/kernel';
import {
  type DialogueEntry,
  type SmtpCapabilities,
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
import { ConversationEnded, ReplyStream } from './reply-stream.js';
import {
  type ClientTransaction,
  SmtpConnectError,
  type SmtpClientOptions,
  type SmtpOutcome,
  type SmtpTarget,
  type SmtpTimeouts,
  defaultTimeouts,
} from './smtp-client.types.js';

/** An SMTP client connection that carries one transaction after another, each in as few round trips as the server allows. */
export class SmtpConnection {
  private capabilities: SmtpCapabilities = noCapabilities;
  private isTls = false;
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
  ) {
    this.timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.replies = new ReplyStream(socket);
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /**
   * Connects, greets, and turns TLS on where it is offered. Opportunistic TLS that fails is given up on a second,
   * plain connection: mail in the clear is what such a server got before.
   * @throws SmtpConnectError
   */
  static async open(target: SmtpTarget, options: SmtpClientOptions): Promise<SmtpConnection> {
    try {
      return await SmtpConnection.attempt(target, options);
    } catch (error) {
      if (options.tls !== 'opportunistic' || !(error instanceof SmtpConnectError) || error.stage !== 'starttls') throw error;
      return SmtpConnection.attempt(target, { ...options, tls: 'never' });
    }
  }

  private static async attempt(target: SmtpTarget, options: SmtpClientOptions): Promise<SmtpConnection> {
    const socket = await openSocket(target, { ...defaultTimeouts, ...options.timeouts }.connectMs, options.signal);
    const connection = new SmtpConnection(socket, target, options);
    try {
      await connection.greet();
      return connection;
    } catch (error) {
      connection.destroy();
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
    return this.isTls;
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
      tls: this.isTls,
      durationMs: performance.now() - startedAt,
    });
    const limit = this.capabilities.maxSizeBytes;
    if (limit > 0 && transaction.sizeBytes > limit) {
      this.isBusy = false;
      // What the server would say, without spending the traffic (RFC 1870 §6.1).
      return outcome({
        dialogue: formatDialogue([...this.opening, { note: 'the message is larger than the server takes; it was not offered' }]),
        kind: 'rejected',
        stage: 'mail',
        isAmbiguous: false,
        reply: { code: 552, enhanced: '5.3.4', text: `the message has ${transaction.sizeBytes} bytes and the server takes ${limit}` },
      });
    }
    const machine = new TransactionMachine(transaction, this.capabilities, this.needsReset);
    const refusal = (result: TransactionResult, note?: string): SmtpOutcome =>
      outcome({ ...verdict(result), isAmbiguous: false, dialogue: this.dialogue(machine, note) });
    try {
      const result = await this.run(machine, transaction, progress);
      return result.kind === 'accepted' ? outcome({ ...verdict(result), isAmbiguous: false }) : refusal(result);
    } catch (error) {
      this.destroy();
      if (!(error instanceof ConversationEnded) && !(error instanceof SmtpProtocolError)) throw error;
      const refused = machine.refusedSoFar;
      if (refused) return refusal(refused, error.message);
      const dialogue = this.dialogue(machine, error.message);
      return outcome({ kind: 'lost', stage: progress.stage, reason: error.message, isAmbiguous: progress.isComplete, dialogue });
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
      await this.drained();
      this.socket.cork();
    }
    if (this.replies.hasEnded) {
      this.socket.uncork();
      return;
    }
    transaction.beforeFinalDot?.();
    progress.isComplete = true;
    this.socket.write(last);
    this.socket.uncork();
  }

  private async drained(): Promise<void> {
    const { socket } = this;
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
    socket.setTimeout(0);
  }

  private patience({ stage, isComplete }: Progress): number {
    if (isComplete || stage === 'dot') return this.timeouts.dotMs;
    if (stage === 'mail') return this.timeouts.mailMs;
    return stage === 'rcpt' ? this.timeouts.rcptMs : this.timeouts.dataMs;
  }

  private async greet(): Promise<void> {
    const banner = await this.expect('banner', this.timeouts.bannerMs, undefined);
    if (banner.code !== 220) throw new SmtpConnectError(`the server greeted with ${banner.code} ${banner.text}`, 'banner', banner);
    await this.hello();
    if (this.options.tls === 'never') return;
    if (!this.capabilities.starttls) {
      if (this.options.tls === 'required')
        throw new SmtpConnectError('the server offers no TLS, and this destination requires it', 'starttls');
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
    if (reply.code !== 220) throw new SmtpConnectError(`STARTTLS was answered ${reply.code} ${reply.text}`, 'starttls', reply);
    if (this.replies.hasUnread) throw new SmtpConnectError('the server sent more in the clear after it had agreed to TLS', 'starttls');
    this.replies.detach();
    try {
      const secure = await secureSocket(this.socket, this.target, this.options.rejectUnauthorized ?? false, this.timeouts.starttlsMs);
      this.socket = secure;
      this.replies.switchTo(secure);
      this.isTls = true;
      this.opening.push({ note: `${secure.getProtocol() ?? 'TLS'} ${secure.getCipher().name}` });
    } catch (cause) {
      throw new SmtpConnectError(`the TLS handshake failed: ${messageOf(cause)}`, 'starttls', undefined, { cause });
    }
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

function verdict(result: TransactionResult): Pick<SmtpOutcome, 'kind' | 'stage' | 'reply'> {
  if (result.kind === 'accepted') return { kind: 'accepted', stage: result.stage, reply: result.reply };
  // A reply outside its place, such as 250 to DATA, is taken for a failure that may pass.
  return { kind: result.reply.code >= 500 ? 'rejected' : 'deferred', stage: result.stage, reply: result.reply };
}

function openSocket(target: SmtpTarget, timeoutMs: number, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: target.host,
      port: target.port,
      ...(target.localAddress ? { localAddress: target.localAddress } : {}),
      noDelay: true,
      keepAlive: true,
    });
    const fail = (reason: string, cause?: unknown) => {
      socket.destroy();
      reject(new SmtpConnectError(reason, 'connect', undefined, { cause }));
    };
    const onAbort = () => fail('the connection was given up');
    socket.setTimeout(timeoutMs, () => fail(`no connection within ${timeoutMs / 1000} s`));
    socket.once('error', (error) => fail(error.message, error));
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => {
      signal?.removeEventListener('abort', onAbort);
      socket.setTimeout(0);
      // These two are ours: the reply stream listens from here on.
      socket.removeAllListeners('error').removeAllListeners('timeout');
      resolve(socket);
    });
  });
}

function secureSocket(socket: Socket, target: SmtpTarget, rejectUnauthorized: boolean, timeoutMs: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connectTls({ socket, rejectUnauthorized, ...(isIP(target.hostname) === 0 ? { servername: target.hostname } : {}) });
    const timer = setTimeout(() => secure.destroy(new Error('the handshake took too long')), timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const onClose = () => fail(new Error('the server closed the connection'));
    secure.once('error', fail).once('close', onClose);
    secure.once('secureConnect', () => {
      clearTimeout(timer);
      secure.off('error', fail).off('close', onClose);
      resolve(secure);
    });
  });
}
