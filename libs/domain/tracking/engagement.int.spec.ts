import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { DeliveryKind, EventKind } from '#base/contracts';
import { silentLogger, uuidv7 } from '#base/kernel';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { readCounters } from './counters.js';
import { EngagementService, type Hit } from './engagement.service.js';

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open();
});

afterAll(() => database.drop());

it('records so many clicks and opens of one mail and no more, however often its link is asked for', async () => {
  const campaignId = uuidv7();
  const [{ id: deliveryId }] = (await source.query(
    `INSERT INTO deliveries (workspace_id, campaign_id, contact_id, email, kind) VALUES ($1, $2, 1, 'a@example.org', $3) RETURNING id`,
    [uuidv7(), campaignId, DeliveryKind.campaign],
  )) as [{ id: string }];
  const hit = (kind: Hit['kind'], seconds: number): Hit => ({
    kind,
    deliveryId,
    link: kind === EventKind.click ? 1 : 0,
    linksInMessage: 5,
    method: 'GET',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140',
    ip: '192.0.2.1',
    at: new Date(Date.now() + seconds * 10_000),
  });
  const service = new EngagementService(source, silentLogger, { maxPerDelivery: 5, maxBatch: 4 });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 20; i++) service.accept(hit(EventKind.click, round * 20 + i));
    service.accept(hit(EventKind.open, round));
    await service.drain();
  }
  const values = (await readCounters(source.manager, [campaignId])).get(campaignId)!;
  const of = (metric: Parameters<typeof values.get>[0]) => values.get(metric)?.get('');
  expect([of('clicks_human_total'), of('clicks_human_unique'), of('opens_human_total')]).toEqual([5, 1, 3]);
  const [{ events }] = (await source.query('SELECT count(*)::int AS events FROM events WHERE delivery_id = $1', [deliveryId])) as [
    { events: number },
  ];
  expect(events).toBe(8);
});
