import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Logger } from '#base/kernel';
import { classifyReply } from './classify-reply.js';
import { laneShape } from './lane-shape.js';
import { ShapingFile, defaultTrafficShaping, loadShaping } from './shaping-file.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'shaping-'))));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileWith(text: string): string {
  const file = path.join(folder, `${files++}.yaml`);
  writeFileSync(file, text);
  return file;
}

const own = `
providers:
  google: { messages_per_second: 3, connections: { max: 2 } }
sites:
  mx.example.org: { messages_per_connection: 7 }
sources:
  second:
    all: { requires_tls: true }
    providers: { google: { messages_per_second: 1 } }
    sites: { mx.example.org: { messages_per_second: unlimited } }
rules:
  - { name: google-4.7.28, providers: [google], code: 421, enhanced: 4.7.28, action: { switch_source: 30 }, sample: '421-4.7.28 unusual rate' }
  - { name: ours, code: 4, text: 'come back tomorrow', action: { suspend: 60 }, sample: '450 Come back tomorrow' }
`;

describe("a user's file", () => {
  it('goes over the shipped one, by provider, site and source', () => {
    const shaping = loadShaping(fileWith(own));
    const google = { provider: 'google', site: 'google.com', source: 'first' };
    expect(laneShape(shaping, google)).toEqual({
      ...defaultTrafficShaping().providers['google'],
      ratePerSecond: 3,
      connections: { start: 2, min: 1, max: 2 },
    });
    expect(laneShape(shaping, { ...google, source: 'second' })).toMatchObject({ ratePerSecond: 1, requiresTls: true });
    const site = { provider: 'default', site: 'mx.example.org', source: 'second' };
    expect(laneShape(shaping, site)).toMatchObject({
      messagesPerConnection: 7,
      ratePerSecond: Number.POSITIVE_INFINITY,
      requiresTls: true,
    });
    expect(shaping.providers['yahoo']).toEqual(defaultTrafficShaping().providers['yahoo']);
  });

  it('limits volumes of days, and what processes share; unlimited lifts a limit', () => {
    const text = `
providers:
  google: { domain_messages_per_second: 2.5, domain_messages_per_day: 900, provider_messages_per_second: 4, provider_messages_per_day: 7000 }
sources: { second: { providers: { google: { messages_per_day: 50, provider_messages_per_day: unlimited } } } }`;
    const google = { provider: 'google', site: 'google.com', source: 'second' };
    expect(laneShape(loadShaping(fileWith(text)), google)).toMatchObject({
      domainRatePerSecond: 2.5,
      domainPerDay: 900,
      providerRatePerSecond: 4,
      providerPerDay: Number.POSITIVE_INFINITY,
      perDay: 50,
    });
  });

  it('has rules that are asked first, or take the place of a shipped one by its name', () => {
    const { rules } = loadShaping(fileWith(own));
    expect(rules.filter(({ name }) => name === 'google-4.7.28')).toHaveLength(1);
    const reply = { code: 421, enhanced: '4.7.28', text: 'x', provider: 'google' };
    expect(classifyReply(reply, rules).lane).toMatchObject({ action: { kind: 'switch-source', minutes: 30 }, rule: 'google-4.7.28' });
    expect(classifyReply({ code: 450, text: 'come back TOMORROW', provider: 'default' }, rules).lane?.rule).toBe('ours');
  });

  it('is refused with every fault at once, by its place', () => {
    const bad = fileWith(`
providers: { google: { messages_per_second: -1, speed: 3 }, yahoo: { connections: { min: 5, max: 2 } } }
rules:
  - { name: a, code: 4, text: '(', sample: '450 x' }
  - { name: b, code: 4, text: 'this', sample: '450 that' }
  - { name: c, code: 4 }
`);
    expect(() => loadShaping(bad)).toThrow(
      expect.objectContaining({
        code: 'shaping_file_invalid',
        details: expect.arrayContaining(
          [
            'providers.google.messages_per_second',
            'providers.google',
            'providers.yahoo.connections.min',
            'rules.0.text',
            'rules.1.sample',
            'rules.2.sample',
          ].map((field) => expect.objectContaining({ field }) as unknown),
        ) as unknown,
      }),
    );
    expect(() => loadShaping(path.join(folder, 'none.yaml'))).toThrow(/none\.yaml cannot be read/);
    expect(() => loadShaping(fileWith('a: [b'))).toThrow(/cannot be read/);
  });

  it('is read anew when it changes, and a bad change leaves what was, and is said once', () => {
    const said: string[] = [];
    const note = (_: object, message: string) => void said.push(message);
    const logger: Logger = { debug: note, info: note, warn: note, error: note };
    const file = fileWith('providers: { google: { messages_per_second: 3 } }');
    const watched = new ShapingFile(file, logger);
    const rate = () => watched.current.providers['google']!.ratePerSecond;
    writeFileSync(file, 'providers: { google: { messages_per_second: 12.5 } }');
    watched.refresh();
    expect(rate()).toBe(12.5);
    writeFileSync(file, 'providers: { google: { messages_per_second: fast! } }');
    watched.refresh();
    watched.refresh();
    expect(rate()).toBe(12.5);
    rmSync(file);
    watched.refresh();
    expect(rate()).toBe(12.5);
    expect(said).toEqual([
      expect.stringContaining('read anew'),
      expect.stringContaining('has faults now'),
      expect.stringContaining('has faults now'),
    ]);
  });
});
