import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerAuthentication,
  type SMTPServerAuthenticationResponse,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server';
import { messageOf } from '#base/kernel';
import { DsnParameterError } from '#protocol/dsn';
import { MessageGuard, MessageRefused } from './message-guard.js';
import { PeerLimits } from './peer-limits.js';
import { receivedField } from './received-field.js';
import { envelopeOf, envelopeParameters, peerOf, recipientParameters } from './session-facts.js';
import {
  type RunningSmtpListener,
  type SmtpLimits,
  type SmtpListenerOptions,
  type SmtpRefusal,
  SmtpRefused,
  type SubmissionOptions,
  defaultSmtpLimits,
} from './smtp-listener.types.js';

type AuthDone = (error?: Error | null, response?: SMTPServerAuthenticationResponse) => void;
type Done = (error?: Error | null, text?: string) => void;

interface Session {
  readonly peer: string;
  refusedRecipients: number;
  failedSignIns: number;
  isInTransfer: boolean;
  /** After a smuggling attempt nothing else of the connection is trusted. */
  isSpoiled: boolean;
  readonly overdue: NodeJS.Timeout;
}

/** Of a message over the limit so much more is read, so that the client hears why; then the connection is cut. */
const OVERSIZE_PATIENCE_BYTES = 16 * 1024 * 1024;

/** smtp-server takes the code from the error; its own enhanced codes are off, because they would stand before ours. */
function reply({ code, enhanced, text }: SmtpRefusal): Error {
  return Object.assign(new Error(`${enhanced} ${text}`), { responseCode: code });
}

const MAX_FAILED_SIGN_INS = 5;
const FAILED_SIGN_IN_DELAY_MS = 1_000;

const wrongCredentials: SmtpRefusal = { code: 535, enhanced: '5.7.8', text: 'User name or password is wrong' };
const busy: SmtpRefusal = { code: 421, enhanced: '4.7.0', text: 'Too many connections from your address, try again later' };
const failed: SmtpRefusal = { code: 451, enhanced: '4.3.0', text: 'Something failed here, try again later' };
const closing: SmtpRefusal = { code: 421, enhanced: '4.3.2', text: 'Shutting down, try again later' };

/**
 * An SMTP server that takes mail for those whom its policy knows, and for nobody else. smtp-server speaks the protocol;
 * what it leaves open is closed here: bare line ends, loops, limits per peer, deadlines, and an orderly end.
 */
class SmtpListener {
  readonly server: SMTPServer;
  private readonly limits: SmtpLimits;
  private readonly peers: PeerLimits;
  private readonly sessions = new Map<string, Session>();
  private readonly now: () => Date;
  private isDraining = false;

  constructor(private readonly options: SmtpListenerOptions) {
    this.limits = { ...defaultSmtpLimits, ...options.limits };
    this.now = options.now ?? (() => new Date());
    this.peers = new PeerLimits(this.limits, options.isTrustedPeer ?? (() => false), () => this.now().getTime());
    this.server = new SMTPServer({
      name: options.hostname,
      key: options.tls.key,
      cert: options.tls.cert,
      minVersion: 'TLSv1.2',
      size: options.maxSizeBytes,
      maxClients: this.limits.maxConnections,
      maxRecipients: this.limits.maxRecipients,
      socketTimeout: this.limits.idleTimeoutMs,
      closeTimeout: this.limits.drainTimeoutMs,
      ...authentication(options.submission),
      hideENHANCEDSTATUSCODES: true,
      disableReverseLookup: true,
      logger: false,
      onConnect: (session, done) => this.connect(session, done),
      onAuth: (auth, session, done) => this.authenticate(auth, session, done),
      onMailFrom: (address, session, done) => this.mailFrom(address, session, done),
      onRcptTo: (address, session, done) => this.rcptTo(address, session, done),
      onData: (stream, session, done) => this.data(stream, session, done),
      onClose: (session) => this.disconnected(session),
    });
    this.server.on('error', (error: Error) => options.logger.debug({ reason: error.message }, 'an SMTP client left or broke the protocol'));
  }

  /** Lets messages in transfer finish and tells the others to come back. */
  close(): Promise<void> {
    this.isDraining = true;
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const [id, session] of this.sessions) if (!session.isInTransfer) this.hangUp(id, closing);
    });
  }

  private connect(session: SMTPServerSession, done: Done): void {
    if (this.isDraining) return done(reply(closing));
    if (!this.peers.tryConnect(session.remoteAddress)) return done(reply(busy));
    const overdue = setTimeout(
      () => this.hangUp(session.id, { code: 421, enhanced: '4.4.2', text: 'This session took too long' }),
      this.limits.sessionTimeoutMs,
    );
    overdue.unref();
    this.sessions.set(session.id, {
      peer: session.remoteAddress,
      refusedRecipients: 0,
      failedSignIns: 0,
      isInTransfer: false,
      isSpoiled: false,
      overdue,
    });
    done();
  }

  private disconnected(session: SMTPServerSession): void {
    const known = this.sessions.get(session.id);
    if (!known) return;
    clearTimeout(known.overdue);
    this.sessions.delete(session.id);
    this.peers.disconnect(known.peer);
  }

  private authenticate(auth: SMTPServerAuthentication, session: SMTPServerSession, done: AuthDone): void {
    const { submission, logger } = this.options;
    const known = this.sessions.get(session.id);
    if (!submission || !known) return done(reply(failed));
    submission.authenticate({ user: auth.username ?? '', password: auth.password ?? '' }, peerOf(session)).then(
      (user) => {
        if (user) return done(null, { user: user as never });
        // Who guesses is not answered for ever.
        if (++known.failedSignIns >= MAX_FAILED_SIGN_INS)
          return done(reply({ code: 421, enhanced: '4.7.0', text: 'Too many failed sign-ins' }));
        setTimeout(() => done(reply(wrongCredentials)), FAILED_SIGN_IN_DELAY_MS);
      },
      (error: unknown) => {
        logger.error({ reason: messageOf(error) }, 'a sign-in could not be checked');
        done(reply({ code: 454, enhanced: '4.7.0', text: 'Signing in does not work right now, try again later' }));
      },
    );
  }

  private mailFrom(address: SMTPServerAddress, session: SMTPServerSession, done: Done): void {
    if (this.sessions.get(session.id)?.isSpoiled)
      return done(reply({ code: 421, enhanced: '4.7.0', text: 'Start a new session after a refused message' }));
    const malformed = this.options.submission && malformedParameter(() => envelopeParameters(address));
    if (malformed) return done(reply(malformed));
    if (!this.mayBegin(session))
      return done(
        reply({ code: 450, enhanced: '4.7.1', text: `Too many messages from your ${session.user ? 'key' : 'address'}, slow down` }),
      );
    done();
  }

  private mayBegin({ user, remoteAddress }: SMTPServerSession): boolean {
    // smtp-server says false for nobody.
    if (user) return this.options.submission?.mayBegin?.(user as object) ?? true;
    return this.peers.tryMessage(remoteAddress);
  }

  private rcptTo(address: SMTPServerAddress, session: SMTPServerSession, done: Done): void {
    // What stands behind the address may be a second one (RFC 5321 §4.1.1.11): only what is offered may stand there.
    const offered = this.options.submission ? ['NOTIFY', 'ORCPT'] : [];
    if (address.args && Object.keys(address.args).some((name) => !offered.includes(name.toUpperCase())))
      return done(reply({ code: 555, enhanced: '5.5.4', text: 'Parameters of RCPT are not known here' }));
    const malformed = this.options.submission && malformedParameter(() => recipientParameters(address));
    if (malformed) return done(reply(malformed));
    this.options.policy.checkRecipient(address.address, peerOf(session)).then(
      (verdict) => done(verdict === 'accept' ? null : reply(this.refuseRecipient(session, verdict))),
      (error: unknown) => {
        this.options.logger.error({ reason: messageOf(error) }, 'a recipient could not be checked');
        done(reply(failed));
      },
    );
  }

  /** Who asks for many that are not here is guessing. */
  private refuseRecipient(session: SMTPServerSession, refusal: SmtpRefusal): SmtpRefusal {
    const known = this.sessions.get(session.id);
    if (known && ++known.refusedRecipients >= this.limits.maxRefusedRecipients)
      return { code: 421, enhanced: '4.7.0', text: 'Too many unknown recipients' };
    return refusal;
  }

  private data(stream: SMTPServerDataStream, session: SMTPServerSession, done: Done): void {
    const known = this.sessions.get(session.id);
    if (known) known.isInTransfer = true;
    const deadline = setTimeout(
      () => this.hangUp(session.id, { code: 421, enhanced: '4.4.2', text: 'The message took too long' }),
      this.limits.messageTimeoutMs,
    );
    deadline.unref();
    const finished = (error: Error | null, text?: string) => {
      clearTimeout(deadline);
      if (known) known.isInTransfer = false;
      done(error, text);
      // The reply goes first; then the connection may go.
      if (this.isDraining) setImmediate(() => this.hangUp(session.id, closing));
    };
    this.receive(stream, session, known).then(
      (text) => finished(null, text && `2.0.0 ${text}`),
      (error: unknown) => finished(reply(this.refusalOf(error, session))),
    );
  }

  /** Hands the guarded message over. Resolves only if all of it passed the guard and was taken. */
  private async receive(stream: SMTPServerDataStream, session: SMTPServerSession, known: Session | undefined): Promise<string | undefined> {
    const envelope = envelopeOf(session);
    const { maxHeaderBytes, maxReceivedFields } = this.limits;
    const { maxSizeBytes, hostname } = this.options;
    const guard = new MessageGuard({
      maxSizeBytes: Math.min(maxSizeBytes, this.options.policy.maxSizeBytes?.(envelope.recipients) ?? maxSizeBytes),
      maxHeaderBytes,
      maxReceivedFields,
      prefix: receivedField(envelope, hostname, this.now()),
    });
    guard.once('error', (error) => {
      if (known && error instanceof MessageRefused && error.refusal.enhanced === '5.6.11') known.isSpoiled = true;
      // The rest is read and thrown away: the client hears the reply after its final dot, and only there.
      stream.unpipe(guard);
      stream.on('data', () => {
        if (stream.byteLength > maxSizeBytes + OVERSIZE_PATIENCE_BYTES)
          this.hangUp(session.id, { code: 421, enhanced: '4.3.4', text: 'This goes on for too long' });
      });
      stream.resume();
    });
    stream.once('error', (error) => guard.destroy(error));
    stream.pipe(guard);
    let text: string | undefined;
    try {
      text = (await this.options.policy.onMessage(envelope, guard)) ?? undefined;
    } catch (error) {
      // A consumer that fails half-way must not leave the client waiting for the stream to be read.
      guard.destroy(error instanceof Error ? error : new Error(messageOf(error)));
      // Whatever the consumer made of it, the guard's word counts.
      throw guard.errored instanceof MessageRefused ? guard.errored : error;
    }
    if (!guard.readableEnded) throw new Error('the message was not read to its end');
    return text;
  }

  private refusalOf(error: unknown, session: SMTPServerSession): SmtpRefusal {
    if (error instanceof MessageRefused || error instanceof SmtpRefused) {
      this.options.logger.info({ peer: session.remoteAddress, enhanced: error.refusal.enhanced }, 'an incoming message was refused');
      return error.refusal;
    }
    this.options.logger.error({ peer: session.remoteAddress, reason: messageOf(error) }, 'an incoming message could not be taken');
    return failed;
  }

  /** Says good-bye (421 makes smtp-server close the connection), wherever the connection is. */
  private hangUp(sessionId: string, { code, enhanced, text }: SmtpRefusal): void {
    for (const connection of this.server.connections) if (connection.session.id === sessionId) connection.send(code, `${enhanced} ${text}`);
  }
}

function malformedParameter(read: () => unknown): SmtpRefusal | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof DsnParameterError)) throw error;
    return { code: 501, enhanced: '5.5.4', text: error.message };
  }
}

const OTHER_COMMANDS = ['XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL', 'HELP'];

/** Between mail servers nobody signs in; for submission everybody does, under TLS. */
function authentication(submission: SubmissionOptions | undefined): SMTPServerOptions {
  if (!submission) return { disabledCommands: ['AUTH', ...OTHER_COMMANDS], authOptional: true };
  return { disabledCommands: OTHER_COMMANDS, authMethods: ['PLAIN', 'LOGIN'], secure: submission.isImplicitTls, hideDSN: false };
}

/** @throws when the port cannot be bound */
export async function startSmtpListener(options: SmtpListenerOptions): Promise<RunningSmtpListener> {
  const listener = new SmtpListener(options);
  const { server } = listener;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.bind, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    updateTls: (tls) => server.updateSecureContext(tls),
    close: () => listener.close(),
  };
}
