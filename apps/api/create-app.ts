import { readFileSync } from 'node:fs';
import path from 'node:path';
import proxy from '@fastify/http-proxy';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { uuidv7 } from '#base/kernel';
import { trackingPaths } from '#domain/tracking';
import { projectFolder } from '#platform/files';
import { httpLimits } from '#platform/nest';
import { type ApiDependencies, ApiModule } from './api.module.js';
import { BadRequest } from './http/bad-request.js';
import { MAX_BODY_BYTES, limitBodies } from './http/body-limits.js';
import { installBodyParsers } from './http/body-parsers.js';
import { installFormParser } from './http/form-parser.js';
import { serveErrorReference } from './routes/error-reference.js';

export interface AppOptions extends ApiDependencies {
  /** Where the tracker listens; its paths are passed on, so that one port serves everything. */
  readonly trackerUrl: string;
  /** Addresses and ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
}

/** For a whole request; a large contact file over a slow line takes its time. */
const UPLOAD_MS = 30 * 60_000;

/** The HTTP application: API, start page, and the way to the tracker. Not listening yet. */
export async function createApp(options: AppOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    ...httpLimits,
    requestTimeout: UPLOAD_MS,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => uuidv7(),
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  limitBodies(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(options), adapter, { logger: false, bodyParser: false });
  fastify.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!reply.hasHeader(name)) void reply.header(name, value);
  });
  for (const prefix of TRACKER_PREFIXES)
    await fastify.register(proxy as never, {
      upstream: options.trackerUrl,
      prefix,
      rewritePrefix: prefix,
      http: { requestOptions: { timeout: 10_000 } },
      replyOptions: { rewriteRequestHeaders: forwardedHeaders },
    });
  // After the proxies, which pass bodies on as they are.
  installBodyParsers(fastify);
  installFormParser(fastify);
  servePage(fastify);
  serveErrorReference(fastify);
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: (issues) => BadRequest.from(issues) }));
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Chapar').setVersion('1').addBearerAuth().build());
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'Chapar API' });
  return app;
}

const TRACKER_PREFIXES = [...new Set(Object.values(trackingPaths).map((prefix) => prefix.split('/').slice(0, 2).join('/')))];

/** The tracker believes what this process says about the visitor, so nothing of that kind may come from the visitor. */
function forwardedHeaders(request: { readonly ip: string }, headers: Record<string, unknown>): Record<string, unknown> {
  const own = Object.entries(headers).filter(([name]) => !/^(forwarded|x-forwarded-.*|x-real-ip)$/i.test(name));
  return { ...Object.fromEntries(own), 'x-forwarded-for': request.ip };
}

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const pageFiles: readonly (readonly [string, string, string])[] = [
  ['/', 'apps/web/public/index.html', 'text/html; charset=utf-8'],
  ['/assets/app.js', 'apps/web/public/app.js', 'text/javascript; charset=utf-8'],
  ['/assets/api.js', 'apps/web/public/api.js', 'text/javascript; charset=utf-8'],
  ['/assets/sample.js', 'apps/web/public/sample.js', 'text/javascript; charset=utf-8'],
  ['/assets/texts.js', 'apps/web/public/texts.js', 'text/javascript; charset=utf-8'],
  ['/assets/style.css', 'apps/web/public/style.css', 'text/css; charset=utf-8'],
  ['/sample/contacts.csv', 'templates/demo/contacts.csv', 'text/csv; charset=utf-8'],
  ['/sample/newsletter.mjml', 'templates/demo/newsletter.mjml', 'text/plain; charset=utf-8'],
  ['/sample/campaign.json', 'templates/demo/campaign.json', 'application/json'],
];

/** A few fixed files by name: no path of a request ever reaches the disk. */
function servePage(fastify: FastifyInstance): void {
  for (const [url, file, type] of pageFiles) {
    const content = readFileSync(path.join(projectFolder(), file));
    fastify.get(
      url,
      (_request, reply) =>
        void reply.type(type).header('cache-control', 'no-cache').header('content-security-policy', PAGE_POLICY).send(content),
    );
  }
}
