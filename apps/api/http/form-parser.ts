import type { FastifyInstance } from 'fastify';
import type { MailgunForm } from '#domain/messages';
import { bodyError } from './body-parsers.js';

/** Forms, for the one API that takes them; everywhere else they are 415 as before, because pages of other sites could send them. */
export function installFormParser(fastify: FastifyInstance): void {
  const types = [/^multipart\/form-data/i, /^application\/x-www-form-urlencoded/i];
  for (const type of types)
    fastify.addContentTypeParser(type, { parseAs: 'buffer' }, (request, body, done) => {
      if (!request.url.startsWith('/compat/mailgun/'))
        return done(Object.assign(new Error('Unsupported Media Type'), { statusCode: 415, code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' }));
      readForm(body as Buffer, request.headers['content-type'] ?? '').then(
        (form) => done(null, form),
        () => done(bodyError('form_invalid', 'The form of the request cannot be read.')),
      );
    });
}

async function readForm(body: Buffer, contentType: string): Promise<MailgunForm> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  const fields: [string, string][] = [];
  const files: { name: string; filename: string; contentType: string; content: Buffer }[] = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') fields.push([name, value]);
    else files.push({ name, filename: value.name, contentType: value.type, content: Buffer.from(await value.arrayBuffer()) });
  }
  return { fields, files };
}
