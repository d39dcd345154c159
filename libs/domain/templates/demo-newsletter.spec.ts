import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileTemplate } from './compile-template.js';
import { renderPreview } from './render-template.js';
import { testUrls } from './template.fixture.js';

const folder = new URL('../../../templates/demo/', import.meta.url);
const campaign = JSON.parse(readFileSync(new URL('campaign.json', folder), 'utf8')) as Record<string, string>;
const { compiled, warnings } = await compileTemplate({
  subject: campaign.subject!,
  preheader: campaign.preheader!,
  source: readFileSync(new URL('newsletter.mjml', folder), 'utf8'),
  language: 'en',
  direction: 'ltr',
  missingValues: 'empty',
  partials: new Map(),
  sender: { name: 'Chaikhaneh & Books', postal_address: 'Saffron Lane 1, Springfield' },
});
const letter = (contact: Record<string, unknown>) => renderPreview(compiled, { email: 'sara@example.test', ...contact }, testUrls);

it('compiles the newsletter of the demo without a warning, with links to click and the weight of a real one', () => {
  expect(warnings).toEqual([]);
  expect(compiled.links.length).toBeGreaterThanOrEqual(8);
  expect(compiled.links.filter(({ url }) => !/^https:\/\/[a-z.]+\.example\//.test(url))).toEqual([]);
  const bytes = Buffer.byteLength(letter({ first_name: 'Sara' }).html);
  expect(bytes).toBeGreaterThan(25_000);
  expect(bytes).toBeLessThan(60_000);
});

it('greets everybody of the contact file, also who gave no name, and shows the parts meant for them', () => {
  const persian = letter({ first_name: 'سارا', language: 'fa', city: 'تهران', plan: 'patron' });
  expect(persian.html).toContain('Good evening, سارا.');
  expect(persian.html).toContain('ساعت کتاب‌خوانی در تهران');
  expect(persian.html).toContain('For our patrons');
  const german = letter({ language: 'de', city: 'Köln', plan: 'free' });
  expect(german.html).toContain('Good evening, friend.');
  expect(german.subject).toMatch(/^Friend, /);
  expect(german.html).toContain('Lesestunde in Berlin');
  expect(german.html).toContain('Become a collector');
  expect(letter({ city: 'Kyoto' }).text).toContain('Kyoto');
});
