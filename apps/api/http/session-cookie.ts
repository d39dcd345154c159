import type { FastifyRequest } from 'fastify';

/**
 * The cookie that carries a session's token. Behind https it is Secure and bound to this very host by its name's prefix
 * (RFC 6265bis §4.1.3.2), so that no neighbour of the domain can plant one.
 */
export class SessionCookie {
  private readonly name: string;
  private readonly attributes: string;

  constructor(publicUrl: string) {
    const isSecure = publicUrl.startsWith('https:');
    this.name = isSecure ? '__Host-chapar_session' : 'chapar_session';
    this.attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  }

  /** @returns the token that the request carries */
  read(request: FastifyRequest): string | undefined {
    for (const pair of (request.headers.cookie ?? '').split(';')) {
      const [name, value] = pair.trim().split('=');
      if (name === this.name && value) return value;
    }
    return undefined;
  }

  /** @returns the value of Set-Cookie */
  write(token: string, expiresAt: Date): string {
    return `${this.name}=${token}; ${this.attributes}; Expires=${expiresAt.toUTCString()}`;
  }

  clear(): string {
    return `${this.name}=; ${this.attributes}; Max-Age=0`;
  }
}
