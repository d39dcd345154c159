import type { SmtpReply } from './reply.js';
import { type AuthMechanism, type SmtpCredentials, saslClient, usualMechanisms } from './sasl.js';
import { type SaslClient, SaslError } from './sasl-client.js';

/** What the driver must do next. `shown` is the line for records: without anything secret. */
export type AuthAction =
  | { readonly type: 'write'; readonly line: string; readonly shown: string }
  | { readonly type: 'done'; readonly mechanism: AuthMechanism }
  | { readonly type: 'failed'; readonly reason: string; readonly reply?: SmtpReply };

export interface AuthSituation {
  /** Mechanisms that the server offers, as in its answer to EHLO. */
  readonly offered: readonly string[];
  /** Whether the conversation is under TLS. */
  readonly isSecure: boolean;
  /** Only specs set it. */
  readonly nonce?: string;
}

const HIDDEN = '(secret)';
/** An exchange of any mechanism is shorter: a server that goes on asking is broken. */
const MAX_CHALLENGES = 5;

/**
 * AUTH (RFC 4954) as a machine: replies in, lines out. Of the allowed mechanisms that the server offers it tries the best;
 * one that the server turns out not to want (504, 534, 538) is followed by the next. Refused credentials (535) are final:
 * another mechanism would only count as another guess. Nothing secret is ever said in the clear.
 */
export class AuthMachine {
  private readonly untried: AuthMechanism[];
  private current: { readonly mechanism: AuthMechanism; readonly client: SaslClient } | undefined;
  private challenges = 0;
  /** Why we gave up; the server is just told so. */
  private cancelled: string | undefined;

  constructor(
    private readonly credentials: SmtpCredentials,
    private readonly situation: AuthSituation,
  ) {
    const offered = new Set(situation.offered.map((name) => name.toUpperCase()));
    this.untried = (credentials.mechanisms ?? usualMechanisms).filter((name) => offered.has(name));
  }

  start(): AuthAction {
    const { offered, isSecure } = this.situation;
    if (!isSecure) return { type: 'failed', reason: 'the connection is not encrypted: credentials are never sent in the clear' };
    if (/[\0]/.test(this.credentials.username + this.credentials.password))
      return { type: 'failed', reason: 'the user name or the password contains a NUL, which no mechanism can send' };
    if (offered.length === 0) return { type: 'failed', reason: 'the server offers no authentication' };
    if (this.untried.length === 0)
      return { type: 'failed', reason: `the server offers ${offered.join(', ')}; none of it is ${this.allowed.join(' or ')}` };
    return this.tryNext();
  }

  reply(reply: SmtpReply): AuthAction {
    if (this.cancelled !== undefined) return { type: 'failed', reason: this.cancelled };
    switch (reply.code) {
      case 334:
        return this.answer(reply);
      case 235:
        return this.succeed();
      case 504:
      case 534:
      case 538:
        return this.untried.length > 0 ? this.tryNext() : this.refuse(reply);
      default:
        return this.refuse(reply);
    }
  }

  private get allowed(): readonly AuthMechanism[] {
    return this.credentials.mechanisms ?? usualMechanisms;
  }

  private tryNext(): AuthAction {
    const mechanism = this.untried.shift()!;
    const client = saslClient(mechanism, this.credentials, this.situation.nonce);
    this.current = { mechanism, client };
    this.challenges = 0;
    const { initial } = client;
    if (initial === undefined) return { type: 'write', line: `AUTH ${mechanism}\r\n`, shown: `AUTH ${mechanism}` };
    return { type: 'write', line: `AUTH ${mechanism} ${initial.toString('base64')}\r\n`, shown: `AUTH ${mechanism} ${HIDDEN}` };
  }

  private answer({ text }: SmtpReply): AuthAction {
    const { client } = this.current!;
    try {
      if (++this.challenges > MAX_CHALLENGES) throw new SaslError('the server does not stop asking');
      return { type: 'write', line: `${client.respond(decode(text)).toString('base64')}\r\n`, shown: HIDDEN };
    } catch (error) {
      if (!(error instanceof SaslError)) throw error;
      this.cancelled = error.message;
      // RFC 4954 §4: a single asterisk, answered by 501.
      return { type: 'write', line: '*\r\n', shown: '*' };
    }
  }

  private succeed(): AuthAction {
    const { mechanism, client } = this.current!;
    if (!client.isComplete) return { type: 'failed', reason: `the server says that ${mechanism} succeeded before it has done its part` };
    return { type: 'done', mechanism };
  }

  private refuse(reply: SmtpReply): AuthAction {
    return { type: 'failed', reason: reasonOf(reply), reply };
  }
}

/** RFC 4954 §6, in words. */
function reasonOf({ code, text }: SmtpReply): string {
  const said = `${code} ${text.replaceAll('\n', ' ')}`;
  switch (code) {
    case 535:
      return `the server refuses the user name or the password (${said})`;
    case 534:
      return `the server wants a stronger mechanism, or an application password (${said})`;
    case 538:
      return `the server wants a stronger encryption (${said})`;
    case 454:
      return `the server cannot check credentials now (${said})`;
    case 504:
      return `the server does not know the mechanisms that it offers (${said})`;
    default:
      return `the server answered AUTH with ${said}`;
  }
}

function decode(text: string): Buffer {
  const compact = text.trim();
  // Old servers send "334 " with words; LOGIN's prompts are base64 everywhere.
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact))
    throw new SaslError('the server sends a challenge that is not base64');
  return Buffer.from(compact, 'base64');
}
