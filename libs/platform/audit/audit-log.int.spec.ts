import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { GENESIS, appendAudit, hashOf, listAudit, readEntries } from './audit-log.js';
import { verifyAudit } from './verify-audit.js';

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 10 });
});
afterAll(() => database.drop());
beforeEach(() => source.query('TRUNCATE audit_entries'));

const workspaceId = '018f0000-0000-7000-8000-000000000001';

async function act(n: number): Promise<void> {
  await source.transaction((manager) =>
    appendAudit(manager, {
      workspaceId: n % 2 === 0 ? workspaceId : null,
      actor: 'ops',
      action: 'queue.hold',
      target: `mail ${n}`,
      detail: { n, ü: '"' },
    }),
  );
}

describe('the chain', () => {
  it('holds, also when many write at once and over more than one page', async () => {
    await Promise.all(Array.from({ length: 1_200 }, (_, n) => act(n)));
    expect(await verifyAudit(source)).toMatchObject({ entries: 1_200, isIntact: true, problem: '' });
    const newest = await listAudit(source, null, 2);
    expect(newest.map(({ number }) => number)).toEqual(['1200', '1199']);
    expect(await listAudit(source, workspaceId, 1_000)).toHaveLength(600);
  });

  it('is empty and whole at first', async () => {
    expect(await verifyAudit(source)).toEqual({ entries: 0, isIntact: true, problem: '', head: `0:${GENESIS.toString('hex')}` });
  });

  it.each([
    [`UPDATE audit_entries SET actor = 'somebody else' WHERE number = 3`, 'Entry 3 was changed'],
    [`UPDATE audit_entries SET detail = '{}' WHERE number = 1`, 'Entry 1 was changed'],
    [`UPDATE audit_entries SET at = at + interval '1 hour' WHERE number = 5`, 'Entry 5 was changed'],
    [`UPDATE audit_entries SET workspace_id = NULL WHERE number = 1`, 'Entry 1 was changed'],
    ['DELETE FROM audit_entries WHERE number = 2', 'Entry 2 is missing'],
    ['DELETE FROM audit_entries WHERE number = 1', 'Entry 1 is missing'],
  ])('breaks where somebody was at it: %s', async (statement, problem) => {
    for (let n = 0; n < 5; n++) await act(n);
    await source.query(statement);
    expect(await verifyAudit(source)).toMatchObject({ isIntact: false, problem: expect.stringContaining(problem) });
  });

  it('betrays by a head that was kept that it was cut off, or written anew from a changed entry on', async () => {
    for (let n = 0; n < 5; n++) await act(n);
    const { head } = await verifyAudit(source);
    await act(6);
    expect(await verifyAudit(source, head)).toMatchObject({ isIntact: true, entries: 6 });
    await source.query('DELETE FROM audit_entries WHERE number >= 5');
    expect(await verifyAudit(source)).toMatchObject({ isIntact: true, entries: 4 });
    expect(await verifyAudit(source, head)).toMatchObject({ isIntact: false, problem: expect.stringContaining('cut off') });
    const entries = await readEntries(source, 'ORDER BY number', []);
    let previous: Buffer = GENESIS;
    for (const entry of entries) {
      previous = hashOf(previous, { ...entry, actor: 'rewritten' });
      await source.query(`UPDATE audit_entries SET actor = 'rewritten', hash = $2 WHERE number = $1`, [entry.number, previous]);
    }
    await act(5);
    expect(await verifyAudit(source)).toMatchObject({ isIntact: true, entries: 5 });
    expect(await verifyAudit(source, head)).toMatchObject({ isIntact: false });
  });

  it('records nothing of a transaction that failed', async () => {
    await act(1);
    await source
      .transaction(async (manager) => {
        await appendAudit(manager, { workspaceId: null, actor: 'ops', action: 'x.y', target: 'z' });
        throw new Error('no');
      })
      .catch(() => undefined);
    await act(2);
    expect(await verifyAudit(source)).toMatchObject({ entries: 2, isIntact: true });
  });
});
