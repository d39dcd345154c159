import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { type SaslClient, SaslError } from './sasl-client.js';

/** RFC 7677 §4 asks for no fewer; a server that asks for less makes guessing cheap for whoever listens. */
const LEAST_ITERATIONS = 4096;
/** A tenth of a second's work: a server must not keep us busy for longer. */
const MOST_ITERATIONS = 200_000;
const HASH_BYTES = 32;
/** "n,,": no channel binding, no authorization identity. The certificate was verified by name, which is what the binding would show. */
const GS2_HEADER = 'n,,';

/** SCRAM-SHA-256 (RFC 5802, RFC 7677): the password never travels, and the server proves that it knows it too. */
export class ScramClient implements SaslClient {
  readonly initial: Buffer;
  private readonly firstBare: string;
  private serverSignature: Buffer | undefined;
  private state: 'first' | 'final' | 'done' = 'first';

  constructor(
    username: string,
    private readonly password: string,
    private readonly nonce: string = randomBytes(18).toString('base64'),
  ) {
    this.firstBare = `n=${saslName(username)},r=${nonce}`;
    this.initial = Buffer.from(GS2_HEADER + this.firstBare);
  }

  get isComplete(): boolean {
    return this.state === 'done';
  }

  respond(challenge: Buffer): Buffer {
    switch (this.state) {
      case 'first':
        return challenge.length === 0 ? this.initial : this.prove(challenge.toString());
      case 'final':
        return this.verify(challenge.toString());
      case 'done':
        throw new SaslError('the server goes on after the exchange has ended');
    }
  }

  /** RFC 5802 §3. */
  private prove(serverFirst: string): Buffer {
    const { r: nonce = '', s: salt = '', i: iterations = '', m: extension } = attributes(serverFirst);
    if (extension !== undefined) throw new SaslError('the server demands an extension of SCRAM that we do not know');
    if (!nonce.startsWith(this.nonce) || nonce.length === this.nonce.length) throw new SaslError('the server answers to another nonce');
    const rounds = Number(iterations);
    if (!Number.isInteger(rounds) || rounds < LEAST_ITERATIONS || rounds > MOST_ITERATIONS)
      throw new SaslError(`the server asks for ${iterations || 'no'} iterations; ${LEAST_ITERATIONS} to ${MOST_ITERATIONS} are acceptable`);
    const saltBytes = Buffer.from(salt, 'base64');
    if (saltBytes.length === 0) throw new SaslError('the server sends no salt');
    const salted = pbkdf2Sync(this.password.normalize('NFKC'), saltBytes, rounds, HASH_BYTES, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`;
    const authMessage = `${this.firstBare},${serverFirst},${withoutProof}`;
    const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
    this.serverSignature = hmac(hmac(salted, 'Server Key'), authMessage);
    this.state = 'final';
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`);
  }

  private verify(serverFinal: string): Buffer {
    const { v: signature, e: error } = attributes(serverFinal);
    if (error !== undefined) throw new SaslError(`the server refuses: ${error}`);
    const given = Buffer.from(signature ?? '', 'base64');
    if (given.length !== HASH_BYTES || !timingSafeEqual(given, this.serverSignature!))
      throw new SaslError('the server does not prove that it knows the password');
    this.state = 'done';
    return Buffer.alloc(0);
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** RFC 5802 §5.1: a comma and an equals sign would end the attribute. */
function saslName(name: string): string {
  return name.normalize('NFKC').replaceAll('=', '=3D').replaceAll(',', '=2C');
}

function attributes(message: string): Record<string, string> {
  const pairs = message.split(',').flatMap((part) => (/^[a-z]=/i.test(part) ? [[part[0]!, part.slice(2)] as const] : []));
  return Object.fromEntries(pairs);
}
