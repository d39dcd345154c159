import type { FastifyInstance } from 'fastify';
import { errorCatalogue } from '#base/kernel';

const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

const retries = { never: 'No.', later: 'Yes, later.', 'after-fix': 'After something was changed.' } as const;

/** Where `docs_url` of errors leads: every code, what it means and what to do. */
export function serveErrorReference(fastify: FastifyInstance): void {
  fastify.get(
    '/docs/errors',
    (_request, reply) => void reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(page()),
  );
}

function page(): string {
  const sections = errorCatalogue().map(
    ([code, { meaning, retry }]) =>
      `<section id="${code}"><h2><code>${code}</code></h2><p>${escapeHtml(meaning)}</p><p>Try again: ${retries[retry]}</p></section>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Errors</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem}h2{font-size:1rem;margin-bottom:0}:target{background:#fff7d6}</style>
<h1>Errors</h1>${sections.join('\n')}</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
