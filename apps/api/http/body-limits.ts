import type { FastifyInstance } from 'fastify';

const KB = 1024;
const MB = 1024 * KB;
export const MAX_BODY_BYTES = 2 * MB;

/** Routes whose bodies may be larger than others', or that strangers may call. Attachments of 30 MB are 40 MB in base64. */
const limits: readonly (readonly [RegExp, number])[] = [
  [/^\/v1\/session$/, 16 * KB],
  [/^(?:\/v1)?\/emails(?:\/batch)?$/, 45 * MB],
  [/^\/compat\//, 45 * MB],
];

/** Before any route is registered. */
export function limitBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const limit = limits.find(([pattern]) => pattern.test(route.url))?.[1];
    if (limit !== undefined) route.bodyLimit = limit;
  });
}
