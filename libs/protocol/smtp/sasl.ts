import { createHmac } from 'node:crypto';
import { type SaslClient, SaslError } from './sasl-client.js';
import { ScramClient } from './scram.js';

/** Mechanisms we speak, in the names of the IANA registry. */
export const authMechanisms = ['SCRAM-SHA-256', 'PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'] as const;
export type AuthMechanism = (typeof authMechanisms)[number];

/** What is tried where nothing else is asked for, the best first. CRAM-MD5 wants the password in the clear on the server and is broken; XOAUTH2 wants a token. */
export const usualMechanisms: readonly AuthMechanism[] = ['SCRAM-SHA-256', 'PLAIN', 'LOGIN'];

export interface SmtpCredentials {
  readonly username: string;
  /** Of XOAUTH2: the access token. */
  readonly password: string;
  /** What may be used, the best first; by default `usualMechanisms`. */
  readonly mechanisms?: readonly AuthMechanism[] | undefined;
}

/** @param nonce of SCRAM; only specs set it */
export function saslClient(mechanism: AuthMechanism, credentials: SmtpCredentials, nonce?: string): SaslClient {
  const { username, password } = credentials;
  switch (mechanism) {
    case 'PLAIN':
      // RFC 4616 §2: no authorization identity, NUL between the rest.
      return oneMessage(Buffer.from(`\0${username}\0${password}`));
    case 'LOGIN':
      return new LoginClient(username, password);
    case 'CRAM-MD5':
      return new CramMd5Client(username, password);
    case 'XOAUTH2':
      return new Xoauth2Client(username, password);
    case 'SCRAM-SHA-256':
      return new ScramClient(username, password, nonce);
  }
}

function oneMessage(initial: Buffer): SaslClient {
  return {
    initial,
    isComplete: true,
    respond(challenge) {
      // A server that ignores initial responses asks for it by an empty challenge.
      if (challenge.length > 0) throw new SaslError('the server asks a question that the mechanism does not have');
      return initial;
    },
  };
}

/** Never standardised: two prompts whose words differ from server to server; the first is always for the name. */
class LoginClient implements SaslClient {
  readonly initial = undefined;
  private prompts = 0;

  constructor(
    private readonly username: string,
    private readonly password: string,
  ) {}

  get isComplete(): boolean {
    return this.prompts >= 2;
  }

  respond(): Buffer {
    this.prompts++;
    if (this.prompts > 2) throw new SaslError('the server asks more than the mechanism has answers to');
    return Buffer.from(this.prompts === 1 ? this.username : this.password);
  }
}

/** RFC 2195. */
class CramMd5Client implements SaslClient {
  readonly initial = undefined;
  isComplete = false;

  constructor(
    private readonly username: string,
    private readonly password: string,
  ) {}

  respond(challenge: Buffer): Buffer {
    if (this.isComplete || challenge.length === 0) throw new SaslError('the server sends no challenge, or a second one');
    this.isComplete = true;
    return Buffer.from(`${this.username} ${createHmac('md5', this.password).update(challenge).digest('hex')}`);
  }
}

/** As Google and Microsoft document it: a refusal comes as a challenge, which an empty line answers before the real reply. */
class Xoauth2Client implements SaslClient {
  readonly initial: Buffer;
  isComplete = true;

  constructor(username: string, token: string) {
    this.initial = Buffer.from(`user=${username}\u0001auth=Bearer ${token}\u0001\u0001`);
  }

  respond(challenge: Buffer): Buffer {
    if (challenge.length === 0) return this.initial;
    this.isComplete = false;
    return Buffer.alloc(0);
  }
}
