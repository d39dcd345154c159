import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { partText, readMime, walkParts } from './read-mime.js';
import { explainBounce, readReport } from './read-report.js';

const folder = path.join(import.meta.dirname, 'fixtures');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -4));
const eml = (name: string) => readFileSync(path.join(folder, `${name}.eml`));

/** What the fixture's author says of it; null: the field must be absent. */
function expectation(name: string): Record<string, unknown> {
  const expected = JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, value ?? undefined]));
}

describe.each(names)('%s', (name) => {
  it('is read as its author says', () => {
    const reading: Record<string, unknown> = { ...readReport(eml(name)) };
    const expected = expectation(name);
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, reading[key]]))).toEqual(expected);
  });

  it('is read the same with the line ends of the wire', () => {
    const wire = Buffer.from(eml(name).toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
    expect(readReport(wire)).toEqual(readReport(eml(name)));
  });

  it('is explained in one sentence that names no code', () => {
    const { explanation } = explainBounce(eml(name));
    expect(explanation).toMatch(/^\S[^\r\n]{20,300}\.$/);
    expect(explanation).not.toMatch(/\b[245]\.\d\.\d|\b[45]\d\d\b/);
  });
});

it('knows more than forty dialects', () => {
  expect(names.length).toBeGreaterThanOrEqual(40);
  expect(names).toEqual(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -5)),
  );
});

it.each(names)('sees in %s what another MIME reader sees', async (name) => {
  const theirs = await PostalMime.parse(eml(name), { forceRfc822Attachments: true });
  const root = readMime(eml(name));
  expect(root.headers.text('subject')).toBe(theirs.subject);
  expect(root.headers.raw('message-id')).toBe(theirs.messageId ?? '');
  const ours = [...walkParts(root)].find(({ type }) => type === 'text/plain');
  const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim();
  if (ours && theirs.text) expect(squeeze(theirs.text)).toContain(squeeze(partText(ours)).slice(0, 200));
});
