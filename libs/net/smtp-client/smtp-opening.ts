import type { Socket } from 'node:net';
import { messageOf } from '#base/kernel';
import {
  AuthMachine,
  type DialogueEntry,
  type SmtpCapabilities,
  type SmtpCredentials,
  type SmtpReply,
  type SmtpStage,
  noCapabilities,
  parseCapabilities,
} from '#protocol/smtp';
import { ReplyStream } from './reply-stream.js';
import { peerOf, secureSocket, sessionOf } from './secure-socket.js';
import {
  SmtpConnectError,
  type SmtpClientOptions,
  type SmtpTarget,
  type SmtpTimeouts,
  type TlsPeer,
  type TlsProblem,
  type TlsSession,
} from './smtp-client.types.js';

/** How a conversation begins: greeting, EHLO, TLS, AUTH. What comes of it is what every message on the connection goes by. */
export class SmtpOpening {
  capabilities: SmtpCapabilities = noCapabilities;
  session: TlsSession | undefined;
  identity: TlsPeer | undefined;
  /** Why the connection is in the clear, where TLS was wanted. */
  plainBecause: TlsProblem | undefined;
  readonly dialogue: DialogueEntry[] = [];
  readonly replies: ReplyStream;

  constructor(
    public socket: Socket,
    private readonly target: SmtpTarget,
    private readonly options: SmtpClientOptions,
    private readonly timeouts: SmtpTimeouts,
    private readonly isClassic: boolean,
  ) {
    this.replies = new ReplyStream(socket);
  }

  /** @throws SmtpConnectError */
  async run(): Promise<void> {
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
    this.dialogue.push({ note: `${this.session.version} ${secure.getCipher().name}${this.session.group ? ` ${this.session.group}` : ''}` });
    const problem = this.options.verifyPeer?.(this.identity);
    if (problem) throw tlsError(problem.reason, problem.type);
  }

  private async authenticate(credentials: SmtpCredentials): Promise<void> {
    const machine = new AuthMachine(credentials, { offered: this.capabilities.auth, isSecure: this.session !== undefined });
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
      this.dialogue.push({ command, reply });
      return reply;
    } catch (cause) {
      throw new SmtpConnectError(messageOf(cause), stage, undefined, { cause });
    }
  }
}

function tlsError(message: string, type: string, reply?: SmtpReply): SmtpConnectError {
  return new SmtpConnectError(message, 'starttls', reply, { tlsProblem: { type, reason: message } });
}

/** No session came about: another kind of handshake may do better. */
export class HandshakeFailed extends SmtpConnectError {
  constructor(cause: unknown) {
    const reason = `the TLS handshake failed: ${messageOf(cause)}`;
    super(reason, 'starttls', undefined, { cause, tlsProblem: { type: 'validation-failure', reason } });
  }
}
