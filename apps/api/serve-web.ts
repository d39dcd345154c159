import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { projectFolder } from '#platform/files';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjml': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Scripts are ours alone; styles too, and those that the page makes under the nonce of its answer. */
const pagePolicy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

/** A frame that shows mail: nothing in it runs, and nothing loads but, when the reader asks for them, pictures. */
const framePolicy = (hasPictures: boolean) =>
  [
    'sandbox allow-scripts',
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'unsafe-inline'",
    `img-src data:${hasPictures ? ' https: http:' : ''}`,
    "frame-ancestors 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

const samples = ['contacts.csv', 'newsletter.mjml', 'campaign.json'];
const UNBUILT = 'The web app is not built. Run "npm run build" and start again.';

interface WebFile {
  readonly type: string;
  readonly content: Buffer;
  readonly gzip: Buffer | undefined;
  readonly brotli: Buffer | undefined;
}

/** The web app as it was built, held in memory: no path of a request ever reaches the disk. */
export function serveWeb(fastify: FastifyInstance, folder = path.join(projectFolder(), 'dist', 'web')): void {
  const assets = readAssets(path.join(folder, 'assets'));
  const index = readIfThere(path.join(folder, 'index.html'));
  const frame = assets.get('preview.html');
  assets.delete('preview.html');

  const page = (_request: FastifyRequest, reply: FastifyReply) => {
    if (index === undefined) return void reply.status(503).type('text/plain; charset=utf-8').send(UNBUILT);
    const nonce = randomBytes(16).toString('base64url');
    void reply
      .type(types['.html']!)
      .header('cache-control', 'no-store')
      .header('content-security-policy', pagePolicy(nonce))
      .send(index.toString('utf8').replace('__CSP_NONCE__', nonce));
  };
  fastify.get('/', (_request, reply) => void reply.redirect('/app/'));
  fastify.get('/app', page);
  fastify.get('/app/*', page);
  fastify.get<{ Params: { file: string } }>('/assets/:file', (request, reply) =>
    sendAsset(assets.get(request.params.file), request, reply),
  );
  fastify.get<{ Querystring: { pictures?: string } }>('/preview', (request, reply) => {
    if (frame === undefined) return void reply.status(503).type('text/plain; charset=utf-8').send(UNBUILT);
    void reply
      .type(frame.type)
      .header('cache-control', 'no-cache')
      .header('x-frame-options', 'SAMEORIGIN')
      .header('content-security-policy', framePolicy(request.query.pictures === 'yes'))
      .send(frame.content);
  });
  for (const name of samples) {
    const content = readFileSync(path.join(projectFolder(), 'templates', 'demo', name));
    fastify.get(`/sample/${name}`, (_request, reply) => void reply.type(typeOf(name)).header('cache-control', 'no-cache').send(content));
  }
}

function sendAsset(file: WebFile | undefined, request: FastifyRequest<{ Params: { file: string } }>, reply: FastifyReply): void {
  if (file === undefined) return void reply.status(404).type('text/plain; charset=utf-8').send('There is no such file.');
  const accepted = request.headers['accept-encoding'] ?? '';
  const [encoding, content] = /\bbr\b/.test(accepted)
    ? (['br', file.brotli] as const)
    : /\bgzip\b/.test(accepted)
      ? (['gzip', file.gzip] as const)
      : ([undefined, undefined] as const);
  if (encoding !== undefined && content !== undefined) void reply.header('content-encoding', encoding);
  // Names with a hash of the content never change what they mean.
  const isHashed = /-[\w-]{8}\.\w+$/.test(request.params.file);
  void reply
    .type(file.type)
    .header('vary', 'accept-encoding')
    .header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    .send(content ?? file.content);
}

function readAssets(folder: string): Map<string, WebFile> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder).filter((name) => !/\.(gz|br)$/.test(name));
  return new Map(
    names.map((name) => {
      const file = path.join(folder, name);
      return [
        name,
        { type: typeOf(name), content: readFileSync(file), gzip: readIfThere(`${file}.gz`), brotli: readIfThere(`${file}.br`) },
      ] as const;
    }),
  );
}

function typeOf(name: string): string {
  return types[path.extname(name)] ?? 'application/octet-stream';
}

function readIfThere(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}
