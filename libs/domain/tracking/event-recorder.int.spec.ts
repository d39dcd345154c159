import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { Actor, EventKind } from '#base/contracts';
import { uuidv7 } from '#base/kernel';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { readCounters } from './counters.js';
import { EventRecorder, type TrackedEvent } from './event-recorder.js';

let database: TestDatabase;
let source: DataSource;
const recorder = new EventRecorder();
const workspaceId = uuidv7();

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open();
});

afterAll(() => database.drop());

function event(
  campaignId: string,
  deliveryId: string,
  kind: EventKind,
  actor: Actor = Actor.human,
  more: Partial<TrackedEvent> = {},
): TrackedEvent {
  return { workspaceId, campaignId, deliveryId, contactId: '1', kind, actor, actorReason: 'test', ...more };
}

async function countersOf(campaignId: string): Promise<Record<string, number>> {
  const values = (await readCounters(source.manager, [campaignId])).get(campaignId)!;
  return Object.fromEntries([...values].map(([metric, dimensions]) => [metric, dimensions.get('')!]).filter(([, value]) => value !== 0));
}

const record = (events: TrackedEvent[]) => source.transaction((manager) => recorder.record(manager, events));

it('counts a delivery once in unique metrics and every time in totals, people and machines apart', async () => {
  const campaign = uuidv7();
  await record([
    event(campaign, '10', EventKind.open),
    event(campaign, '10', EventKind.open),
    event(campaign, '11', EventKind.open, Actor.machine),
  ]);
  await record([
    event(campaign, '10', EventKind.open),
    event(campaign, '11', EventKind.open),
    event(campaign, '11', EventKind.click, Actor.human, { link: 3 }),
  ]);
  expect(await countersOf(campaign)).toEqual({
    opens_human_unique: 2,
    opens_human_total: 4,
    opens_machine_unique: 1,
    opens_machine_total: 1,
    clicks_human_unique: 1,
    clicks_human_total: 1,
  });
});

it('counts one unsubscribe, complaint and reply per delivery however often they come', async () => {
  const campaign = uuidv7();
  const kinds = [EventKind.unsubscribe, EventKind.complaint, EventKind.reply, EventKind.autoReply];
  for (let round = 0; round < 2; round++) await record(kinds.map((kind) => event(campaign, '20', kind)));
  expect(await countersOf(campaign)).toEqual({ unsubscribed: 1, complained: 1, replied: 1, auto_replied: 1 });
});

it('moves a burst of clicks from people to machines', async () => {
  const campaign = uuidv7();
  const since = new Date(Date.now() - 1000);
  await record([1, 2, 3].map((link) => event(campaign, '30', EventKind.click, Actor.human, { link })));
  const moved = await source.transaction((manager) => recorder.reclassifyClicks(manager, '30', since, 'three links at once'));
  expect(moved).toBe(3);
  expect(await countersOf(campaign)).toEqual({ clicks_machine_unique: 1, clicks_machine_total: 3 });
});

it('keeps its counters right when many transactions count the same deliveries at once', async () => {
  const campaign = uuidv7();
  const ids = ['40', '41', '42', '43'];
  await Promise.all(
    Array.from({ length: 24 }, (_, round) => record((round % 2 ? ids : ids.toReversed()).map((id) => event(campaign, id, EventKind.open)))),
  );
  expect(await countersOf(campaign)).toEqual({ opens_human_unique: 4, opens_human_total: 96 });
});
