import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { defineErrors } from '#base/kernel';

export const bodyError = defineErrors({
  body_not_utf8: { kind: 'invalid', retry: 'after-fix', meaning: 'JSON is UTF-8 (RFC 8259 §8.1); the body of the request is not.' },
  body_too_deep: { kind: 'invalid', retry: 'after-fix', meaning: 'The JSON of the request is nested more than 64 levels deep.' },
  text_with_nul: { kind: 'invalid', retry: 'after-fix', meaning: 'A text of the request holds the character NUL, which no field takes.' },
  form_invalid: { kind: 'invalid', retry: 'after-fix', meaning: 'The body of the request is no form of the type that its header names.' },
  server_busy: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'So many large requests are being read at the same moment that there is no memory for another one. Try again in a moment.',
  },
});

const MAX_DEPTH = 64;
const MAX_BODY_BYTES_IN_FLIGHT = 256 * 1024 * 1024;
/** Smaller bodies are not worth counting. */
const COUNTED_FROM_BYTES = 256 * 1024;

/**
 * What bodies may be, for all routes: JSON in UTF-8, not deep, without NUL; contact files as streams; and not more large ones
 * at once than there is memory for. Every other type is 415.
 */
export function installBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Clients name the type of bodies that they do not send, too.
    if (body.length === 0) return done(null, undefined);
    try {
      if (!isUtf8(body as Buffer)) throw bodyError('body_not_utf8', 'The body of the request is not UTF-8.');
      refuseDeep(body as Buffer);
      const mayHoldNul = body.includes('\\u0000');
      void parse(request, body.toString('utf8'), (error, value: unknown) => {
        const field = !error && mayHoldNul ? findNul(value, '') : undefined;
        if (field === undefined) return done(error, value);
        done(nulError(field));
      });
    } catch (error) {
      done(error as Error);
    }
  });
  // A contact file is not parsed: it goes to its controller as a stream, whatever its size.
  fastify.addContentTypeParser(['text/csv', 'application/octet-stream'], (_request, payload, done) => done(null, payload));
  refuseNulInUrls(fastify);
  budgetBodies(fastify);
}

/** Counts brackets outside of strings, before anything is built of them. */
function refuseDeep(body: Buffer): void {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    if (isString) {
      // Most of a large body is one string: an attachment.
      const end = body.indexOf(QUOTE, i);
      if (end < 0) return;
      let backslashes = 0;
      while (body[end - 1 - backslashes] === BACKSLASH && end - 1 - backslashes >= i) backslashes++;
      i = end;
      if (backslashes % 2 === 0) isString = false;
    } else if (byte === QUOTE) isString = true;
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      if (++depth > MAX_DEPTH) throw bodyError('body_too_deep', `The JSON of the request is nested more than ${MAX_DEPTH} levels deep.`);
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function findNul(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    if (name.includes('\0')) return path === '' ? 'the body' : path;
    const found = findNul(inner, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nulError(field: string) {
  const name = field === '' ? 'the body' : field;
  return bodyError('text_with_nul', `${name} holds the character NUL.`, {
    details: [{ field, code: 'control_character', message: `${name} holds the character NUL` }],
  });
}

function refuseNulInUrls(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    done(request.url.includes('%00') ? nulError('the address') : undefined);
  });
}

/** Every connection may send a large body slowly: what all of them may hold together is limited too. */
function budgetBodies(fastify: FastifyInstance): void {
  let inFlight = 0;
  const held = new WeakMap<FastifyRequest, number>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const length = Number(
      request.headers['content-length'] ?? (request.headers['transfer-encoding'] === undefined ? 0 : request.routeOptions.bodyLimit),
    );
    const isStream = /^(?:text\/csv|application\/octet-stream)/i.test(request.headers['content-type'] ?? '');
    // What is over the limit of its route is refused before it is read.
    if (isStream || !(length >= COUNTED_FROM_BYTES) || length > (request.routeOptions.bodyLimit ?? 0)) return done();
    if (inFlight + length > MAX_BODY_BYTES_IN_FLIGHT) return done(bodyError('server_busy', 'Too many large requests at once.'));
    inFlight += length;
    held.set(request, length);
    done();
  });
  const release = (request: FastifyRequest) => {
    inFlight -= held.get(request) ?? 0;
    held.delete(request);
  };
  fastify.addHook('onResponse', (request, _reply, done) => {
    release(request);
    done();
  });
  fastify.addHook('onRequestAbort', (request, done) => {
    release(request);
    done();
  });
}
