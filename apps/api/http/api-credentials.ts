import type { FastifyRequest } from 'fastify';

/** The API key of a request, wherever the client of another service puts it. */
export function apiKeyOf({ url, headers }: Pick<FastifyRequest, 'url' | 'headers'>): string | undefined {
  const authorization = headers.authorization ?? '';
  const bearer = /^Bearer (.+)$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  if (url.startsWith('/compat/postmark/')) {
    const token = headers['x-postmark-server-token'];
    return typeof token === 'string' ? token : undefined;
  }
  if (!url.startsWith('/compat/mailgun/')) return undefined;
  // Basic, as `api:<key>` (RFC 7617).
  const basic = /^Basic ([A-Za-z0-9+/=]{1,500})$/i.exec(authorization)?.[1];
  return basic === undefined ? undefined : /^api:(.+)$/s.exec(Buffer.from(basic, 'base64').toString('utf8'))?.[1];
}
