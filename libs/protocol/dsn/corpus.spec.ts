import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readReport } from './read-report.js';

interface Sample {
  readonly family: string;
  readonly name: string;
  readonly raw: Buffer;
  readonly kind: string;
  /** Any of them is right; empty: none is known. */
  readonly recipients: readonly string[];
}

const folder = path.join(import.meta.dirname, 'corpus');
const fixtures = path.join(import.meta.dirname, 'fixtures');
const WANTED = 0.98;

function ownSamples(): Sample[] {
  const text = readFileSync(path.join(folder, 'dialects.samples'), 'utf8');
  return text
    .split(/^=== /m)
    .slice(1)
    .map((one) => {
      const [name, kind, recipient] = one.slice(0, one.indexOf('\n')).split(' | ') as [string, string, string];
      const raw = Buffer.from(one.slice(one.indexOf('\n') + 1));
      return { family: 'dialects', name, raw, kind, recipients: recipient === '-' ? [] : [recipient] };
    });
}

function labelled(family: string): Sample[] {
  const labels = JSON.parse(readFileSync(path.join(folder, `${family}.labels.json`), 'utf8')) as Record<string, [string, ...string[]]>;
  return Object.entries(labels).map(([name, [kind, ...recipients]]) => ({
    family,
    name,
    raw: readFileSync(path.join(folder, family, name)),
    kind,
    recipients,
  }));
}

function fixtureSamples(): Sample[] {
  return readdirSync(fixtures)
    .filter((name) => name.endsWith('.eml'))
    .map((name) => {
      const expected = JSON.parse(readFileSync(path.join(fixtures, name.replace(/eml$/, 'json')), 'utf8')) as Record<string, string>;
      const { kind, recipient } = expected;
      return {
        family: 'fixtures',
        name,
        raw: readFileSync(path.join(fixtures, name)),
        kind: kind!,
        recipients: recipient ? [recipient] : [],
      };
    });
}

function isRight({ raw, kind, recipients }: Sample): boolean {
  const reading = readReport(raw);
  if (reading.kind !== kind) return false;
  return recipients.length === 0 || recipients.some((one) => one.toLowerCase() === reading.recipient?.toLowerCase());
}

describe.each([
  ['dialects', ownSamples()],
  ['flufl.bounce', labelled('flufl.bounce')],
  ['fixtures', fixtureSamples()],
])('%s', (family, samples) => {
  it('has kind and recipient right in 98 of 100 messages', () => {
    const wrong = samples.filter((sample) => !isRight(sample)).map(({ name }) => name);
    const score = 1 - wrong.length / samples.length;
    console.log(
      `${family}: ${samples.length - wrong.length} of ${samples.length} right${wrong.length > 0 ? `, not ${wrong.join(', ')}` : ''}`,
    );
    expect(score, `wrong: ${wrong.join(', ')}`).toBeGreaterThanOrEqual(WANTED);
  });

  it('is read the same with the line ends of the wire, and of old Macintoshes', () => {
    for (const { name, raw } of samples) {
      const lines = raw.toString('latin1').replaceAll('\r\n', '\n');
      const expected = readReport(Buffer.from(lines, 'latin1'));
      for (const ending of ['\r\n', '\r']) {
        const { kind, recipient } = readReport(Buffer.from(lines.replaceAll('\n', ending), 'latin1'));
        expect([name, kind, recipient]).toEqual([name, expected.kind, expected.recipient]);
      }
    }
  });
});
