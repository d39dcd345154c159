import proxy from '@fastify/http-proxy';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { uuidv7 } from '#base/kernel';
import { trackingPaths } from '#domain/tracking';
import { httpLimits } from '#platform/nest';
import { type ApiDependencies, ApiModule } from './api.module.js';
import { BadRequest } from './http/bad-request.js';
import { MAX_BODY_BYTES, limitBodies } from './http/body-limits.js';
import { installBodyParsers } from './http/body-parsers.js';
import { installFormParser } from './http/form-parser.js';
import { describeApi } from './openapi.js';
import { serveErrorReference } from './routes/error-reference.js';
import { serveWeb } from './serve-web.js';

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
  serveWeb(fastify);
  serveErrorReference(fastify);
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: (issues) => BadRequest.from(issues) }));
  SwaggerModule.setup('docs', app, describeApi(app), { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'Chapar API' });
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
