import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type BounceClass, Outcome } from '#base/contracts';
import { uuidv7 } from '#base/kernel';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { SoftBounces } from './soft-bounces.js';

const DAY_MS = 86_400_000;
/** Within the months that have partitions, and long enough for every rule. */
const start = Date.now();
const rules = { 'mailbox-full': { bounces: 3, days: 10 }, other: { bounces: 4, days: 10 } };

let database: TestDatabase;
let source: DataSource;
let workspaceId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open();
});

afterAll(() => database.drop());

beforeEach(async () => {
  await source.query('TRUNCATE soft_bounces, ledger_cursors, attempts, deliveries, suppressions');
  workspaceId = uuidv7();
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'W', $2)`, [workspaceId, workspaceId]);
});

let sequence = 0;
const idAt = (day: number) => ((BigInt(Math.floor((start + day * DAY_MS) / 1000)) << 31n) | BigInt(++sequence)).toString();

/** A delivery to Sara on a day, and what became of it. */
async function mail(day: number, outcome: Outcome, bounceClass: BounceClass | null = null, email = 'Sara@Example.org'): Promise<string> {
  const id = idAt(day);
  await source.query('INSERT INTO deliveries (id, workspace_id, campaign_id, email) VALUES ($1, $2, $3, $4)', [
    id,
    workspaceId,
    uuidv7(),
    email,
  ]);
  await attempt(id, day, outcome, bounceClass);
  return id;
}

const attempt = (deliveryId: string, day: number, outcome: Outcome, bounceClass: BounceClass | null) =>
  source.query(
    `INSERT INTO attempts (id, workspace_id, delivery_id, number, outcome, bounce_class, reply, at) VALUES ($1, $2, $3, 1, $4, $5, $6, $7)`,
    [idAt(day), workspaceId, deliveryId, outcome, bounceClass, bounceClass ? '552 5.2.2 full' : '', new Date(start + day * DAY_MS)],
  );

const runOn = (day: number) => new SoftBounces(source, { now: () => new Date(start + day * DAY_MS + 3600_000) }, rules).run();
const suppressions = () =>
  source.query('SELECT address_key, reason, source, detail FROM suppressions WHERE workspace_id = $1', [workspaceId]);

describe('soft bounces', () => {
  it('become a suppression once there are enough of them over enough days, with the evidence', async () => {
    for (const [day, expected] of [
      [0, 0],
      [6, 0],
      [9, 0],
      [12, 1],
    ] as const) {
      await mail(day, Outcome.bounced, 'mailbox-full');
      expect(await runOn(day)).toBe(expected);
    }
    expect(await suppressions()).toEqual([
      { address_key: 'sara@example.org', reason: 'hard-bounce', source: 'soft-bounces', detail: expect.stringContaining('552 5.2.2 full') },
    ]);
    expect((await suppressions())[0].detail).toMatch(/^4 mails ended as mailbox-full from \d{4}-/);
    expect(await source.query('SELECT FROM soft_bounces')).toEqual([]);
  });

  it('on one day are one bad day, however many', async () => {
    for (let i = 0; i < 20; i++) await mail(0, Outcome.bounced, 'mailbox-full');
    expect(await runOn(1)).toBe(0);
  });

  it('are forgotten when mail arrives, and count anew afterwards', async () => {
    await mail(0, Outcome.bounced, 'mailbox-full');
    await mail(5, Outcome.bounced, 'mailbox-full');
    await mail(7, Outcome.delivered);
    await mail(12, Outcome.bounced, 'mailbox-full');
    expect(await runOn(12)).toBe(0);
    await mail(17, Outcome.bounced, 'mailbox-full');
    await mail(23, Outcome.bounced, 'mailbox-full');
    expect(await runOn(23)).toBe(1);
  });

  it('are not forgotten for mail that was accepted and returned afterwards', async () => {
    await mail(0, Outcome.bounced, 'mailbox-full');
    const returned = await mail(5, Outcome.delivered);
    await attempt(returned, 6, Outcome.bounced, 'mailbox-full');
    await mail(12, Outcome.bounced, 'mailbox-full');
    expect(await runOn(12)).toBe(1);
  });

  it('of classes that say nothing about the address, and of other addresses and workspaces, do not add up', async () => {
    for (const day of [0, 4, 8, 12]) await mail(day, Outcome.bounced, 'spam-content');
    for (const day of [0, 6]) await mail(day, Outcome.bounced, 'mailbox-full');
    await mail(12, Outcome.bounced, 'mailbox-full', 'omid@example.org');
    expect(await runOn(13)).toBe(0);
  });

  it('are counted once, however often the ledger is read', async () => {
    await mail(0, Outcome.bounced, 'mailbox-full');
    await mail(11, Outcome.bounced, 'mailbox-full');
    for (let i = 0; i < 3; i++) expect(await runOn(11)).toBe(0);
    expect(await source.query('SELECT bounces FROM soft_bounces')).toEqual([{ bounces: 2 }]);
  });

  it('leave alone whom an override lets have mail', async () => {
    await source.query(`INSERT INTO suppression_overrides (workspace_id, address_key) VALUES ($1, 'sara@example.org')`, [workspaceId]);
    for (const day of [0, 6, 12]) await mail(day, Outcome.bounced, 'mailbox-full');
    expect(await runOn(12)).toBe(0);
    expect(await suppressions()).toEqual([]);
  });
});
