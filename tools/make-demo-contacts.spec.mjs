import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { businessDomains, countries, mailboxProviders } from './demo-people.mjs';
import { contactLines, defaults, header, writeContacts } from './make-demo-contacts.mjs';

const shipped = readFileSync(new URL('../templates/demo/contacts.csv', import.meta.url), 'utf8');
const make = (options) => [...contactLines({ ...defaults, ...options })];
const emails = (lines) => lines.slice(1).map((line) => line.slice(0, line.indexOf(',')));
const isPlausible = (email) => /^[a-z0-9_]+(\.[a-z0-9_]+)*(\+[a-z]+)?@[a-z-]+\.example$/i.test(email);

it('makes the shipped file again, byte for byte', () => {
  expect(make().join('') === shipped).toBe(true);
});

it('gives other people to another seed, and the same people to the same one', () => {
  expect(make({ rows: 50, seed: 7 })).toEqual(make({ rows: 50, seed: 7 }));
  expect(make({ rows: 50, seed: 7 })).not.toEqual(make({ rows: 50, seed: 8 }));
});

it.each([0, 1, 2, 999, 1000, 1001, 2500])('makes exactly %i rows under the header', (rows) => {
  const lines = make({ rows });
  expect(lines[0]).toBe(`${header}\n`);
  expect(lines).toHaveLength(rows + 1);
});

it('has 0.6 % repeated addresses in another case, 0.4 % that are none, and no other repetition', () => {
  const all = emails(make({ rows: 200_000 }));
  const good = all.filter(isPlausible);
  expect(all.length - good.length).toBe(800);
  expect(good.length - new Set(good).size).toBeLessThan(100);
  expect(good.length - new Set(good.map((email) => email.toLowerCase())).size).toBe(1200);
});

it('has every kind of bad address', () => {
  const bad = emails(make()).filter((email) => !isPlausible(email));
  expect(bad).toHaveLength(40);
  for (const kind of [/^$/, /^[^@]+$/, /@@/, / /, /\.@/]) expect(bad.filter((email) => kind.test(email))).toHaveLength(8);
});

it('uses reserved names alone, in the shares that the simulated providers expect', () => {
  const good = emails(make({ rows: 100_000 })).filter(isPlausible);
  const domains = good.map((email) => email.slice(email.indexOf('@') + 1).toLowerCase());
  for (const { domain, share } of mailboxProviders) {
    const percent = (domains.filter((one) => one === domain).length * 100) / good.length;
    expect(Math.abs(percent - share)).toBeLessThan(0.6);
  }
  const business = new Set(businessDomains);
  expect(business.size).toBe(300);
  const known = new Set([...business, ...mailboxProviders.map(({ domain }) => domain)]);
  expect(domains.filter((domain) => !known.has(domain))).toEqual([]);
});

it('gives every last name to one country, which keeps addresses apart', () => {
  const lasts = countries.flatMap(({ last }) => last.map(([latin]) => latin.toLowerCase().replace(/[^a-z]/g, '')));
  expect(lasts.filter((last, index) => lasts.indexOf(last) !== index)).toEqual([]);
});

it('stops while its reader does not read', async () => {
  const slow = new PassThrough({ highWaterMark: 1024 });
  const done = writeContacts(slow, { rows: 20_000, seed: 1 });
  await sleep(20);
  expect(slow.readableLength + slow.writableLength).toBeLessThan(300_000);
  let bytes = 0;
  slow.on('data', (chunk) => (bytes += chunk.length));
  await done;
  expect(bytes).toBeGreaterThan(1_000_000);
});
