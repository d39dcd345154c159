import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Outcome, Via, bounceClasses } from '#base/contracts';
import type { DeliveryOutcome } from './delivery-outcome.js';
import { type JournalRecord, decodeJournal, encodeDot, encodeReply, encodeUnsent } from './journal-codec.js';
import { Journal, JournalReplay } from './journal.js';

const ref = fc.record({
  batchId: fc.bigInt(0n, 2n ** 63n - 1n).map(String),
  deliveryId: fc.bigInt(0n, 2n ** 63n - 1n).map(String),
  attempt: fc.integer({ min: 1, max: 1000 }),
});
const outcome: fc.Arbitrary<DeliveryOutcome> = fc.record({
  outcome: fc.constantFrom(...Object.values(Outcome)),
  via: fc.constantFrom(...Object.values(Via)),
  bounceClass: fc.constantFrom(null, ...bounceClasses),
  smtpCode: fc.constantFrom(null, 250, 421, 550),
  enhancedCode: fc.constantFrom(null, '5.1.1', '4.7.28'),
  reply: fc.string({ unit: 'grapheme', maxLength: 300 }),
  mx: fc.constantFrom('', 'mx1.example.org [192.0.2.1]'),
  tls: fc.option(
    fc.record(
      {
        policy: fc.constantFrom('opportunistic' as const, 'required' as const, 'verified' as const, 'dane' as const),
        version: fc.constant('TLSv1.3'),
        cipher: fc.constant('TLS_AES_256_GCM_SHA384'),
        group: fc.constantFrom('X25519MLKEM768', 'X25519'),
        trusted: fc.boolean(),
        problem: fc.string({ unit: 'grapheme', maxLength: 50 }),
      },
      { requiredKeys: ['policy'], noNullPrototype: true },
    ),
  ),
  durationMs: fc.option(fc.integer({ min: 0, max: 600_000 })),
  at: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
});
const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  ref.map((r): JournalRecord => ({ type: 'dot', ref: r })),
  ref.map((r): JournalRecord => ({ type: 'unsent', ref: r })),
  fc.tuple(ref, outcome).map(([r, o]): JournalRecord => ({ type: 'reply', ref: r, outcome: o })),
);
const encode = (r: JournalRecord) =>
  r.type === 'reply' ? encodeReply(r.ref, r.outcome) : r.type === 'dot' ? encodeDot(r.ref) : encodeUnsent(r.ref);

it('reads back what was written', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), (records) => {
      expect([...decodeJournal(Buffer.concat(records.map(encode)))]).toEqual(records);
    }),
  );
});

it('a torn tail costs only the record that was torn', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 10 }), fc.nat(), (records, cut) => {
      const parts = records.map(encode);
      const whole = Buffer.concat(parts);
      const kept = cut % whole.length;
      let complete = 0;
      for (let size = 0; complete < parts.length && size + parts[complete]!.length <= kept; complete++) size += parts[complete]!.length;
      expect([...decodeJournal(whole.subarray(0, kept))]).toEqual(records.slice(0, complete));
    }),
  );
});

it('a changed byte never yields a record that was not written', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (records, position, flip) => {
      const whole = Buffer.concat(records.map(encode));
      whole[position % whole.length]! ^= flip;
      const read = [...decodeJournal(whole)];
      expect(read).toEqual(records.slice(0, read.length));
      expect(read.length).toBeLessThan(records.length);
    }),
  );
});

it('never throws on any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void [...decodeJournal(Buffer.from(bytes))]));
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'chapar-journal-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const delivered: DeliveryOutcome = {
  outcome: Outcome.delivered,
  via: Via.smtp,
  bounceClass: null,
  smtpCode: 250,
  enhancedCode: null,
  reply: '250 ok',
  mx: '',
  tls: null,
  durationMs: 1,
  at: new Date(0),
};

it('a successor knows how far each attempt had come', () => {
  const journal = new Journal(path.join(directory, 'a'));
  const entries = [1, 2, 3, 4].map((n) => journal.begin({ batchId: '9', deliveryId: String(n), attempt: 1 }));
  journal.dot(entries[3]!);
  journal.unsent(entries[3]!);
  journal.dot(entries[0]!);
  journal.dot(entries[1]!);
  journal.reply(entries[1]!, delivered);
  const replay = JournalReplay.read(journal.directory);
  expect(replay.stateOf(entries[0]!.ref)?.type).toBe('dot');
  expect(replay.stateOf(entries[1]!.ref)).toMatchObject({ type: 'reply', outcome: delivered });
  expect(replay.stateOf(entries[2]!.ref)).toBeUndefined();
  expect(replay.stateOf(entries[3]!.ref)).toBeUndefined();
  expect(replay.stateOf({ ...entries[1]!.ref, attempt: 2 })).toBeUndefined();
  journal.close({ remove: true });
});

it('forgets what is settled: the last file is emptied, older ones go', () => {
  const journal = new Journal(path.join(directory, 'b'), 300);
  const entries = Array.from({ length: 50 }, (_, n) => journal.begin({ batchId: '9', deliveryId: String(n), attempt: 1 }));
  for (const entry of entries) journal.dot(entry);
  expect(readdirSync(journal.directory).length).toBeGreaterThan(3);
  for (const entry of entries) {
    journal.reply(entry, delivered);
    journal.settle(entry);
  }
  const left = readdirSync(journal.directory);
  expect(left).toHaveLength(1);
  expect(statSync(path.join(journal.directory, left[0]!)).size).toBe(0);
  journal.close({ remove: true });
});

it('reads the files that are whole when one is damaged', () => {
  const journal = new Journal(path.join(directory, 'c'), 20);
  const entries = [1, 2, 3].map((n) => journal.begin({ batchId: '9', deliveryId: String(n), attempt: 1 }));
  for (const entry of entries) journal.dot(entry);
  const [first, second] = readdirSync(journal.directory).sort();
  truncateSync(path.join(journal.directory, first!), 7);
  writeFileSync(path.join(journal.directory, second!), 'not a journal');
  expect(JournalReplay.read(journal.directory).size).toBe(1);
  journal.close({ remove: true });
});
