/** The server's part of the exchange is not what the mechanism prescribes. */
export class SaslError extends Error {
  override readonly name = 'SaslError';
}

/** The client's side of one mechanism (RFC 4422): challenges in, responses out, bytes before base64. */
export interface SaslClient {
  /** What goes along with the command (RFC 4954 §4); undefined: the server speaks first. */
  readonly initial: Buffer | undefined;
  /** @throws SaslError */
  respond(challenge: Buffer): Buffer;
  /** Whether the server has done its part: a success that comes earlier is none. */
  readonly isComplete: boolean;
}
