import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { ConnectionShares } from './connection-shares.js';
import { ProviderGate } from './provider-gate.js';

const KEY = '1 google';
const LIMIT = 5;
let database: TestDatabase;
let source: DataSource;
const opened: ConnectionShares[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 4 });
});
afterEach(() => Promise.all(opened.splice(0).map((shares) => shares.close())));
afterAll(() => database.drop());

/** A process: a gate with its share, and a lane that opens as many connections as it has mail for. */
function aProcess() {
  const gate = new ProviderGate(400);
  const shares = new ConnectionShares(
    source,
    () => gate.uses(),
    () => gate.reconsider(),
  );
  gate.shareWith(shares);
  opened.push(shares);
  const lane = {
    mail: 0,
    connections: 0,
    pump() {
      while (lane.connections < lane.mail && gate.tryEnter(KEY, LIMIT, lane)) lane.connections++;
    },
    /** Each connection has sent its message: it ends where there are too many, or no mail. */
    turn() {
      for (let n = lane.connections; n > 0; n--)
        if (gate.isOver(KEY) || lane.connections > lane.mail) {
          lane.connections--;
          gate.leave(KEY);
        }
    },
  };
  return { lane, shares };
}

async function round(processes: readonly ReturnType<typeof aProcess>[]): Promise<void> {
  for (const { lane, shares } of processes) {
    lane.pump();
    await shares.look();
    lane.turn();
    expect(processes.reduce((sum, one) => sum + one.lane.connections, 0)).toBeLessThanOrEqual(LIMIT);
  }
}

describe('connections that a provider grants to all processes', () => {
  it('are shared out: all to one that is alone, even parts when both want them, all to the one that goes on', async () => {
    const pair = [aProcess(), aProcess()] as const;
    const now = () => pair.map(({ lane }) => lane.connections);
    pair[0].lane.mail = 20;
    for (let n = 0; n < 3; n++) await round(pair);
    expect(now()).toEqual([LIMIT, 0]);
    pair[1].lane.mail = 20;
    for (let n = 0; n < 6; n++) await round(pair);
    expect(now().sort()).toEqual([2, 3]);
    pair[0].lane.mail = 0;
    for (let n = 0; n < 6; n++) await round(pair);
    expect(now()).toEqual([0, LIMIT]);
  });

  it('are given back by a process that ends, and after a while by one that died', async () => {
    const [ended, dead, heir] = [aProcess(), aProcess(), aProcess()];
    ended.lane.mail = dead.lane.mail = 20;
    for (let n = 0; n < 6; n++) await round([ended, dead]);
    await ended.shares.close();
    heir.lane.mail = 20;
    for (let n = 0; n < 3; n++) await round([heir]);
    expect(heir.lane.connections + dead.lane.connections).toBe(LIMIT);
    await source.query(`UPDATE connection_shares SET kept_until = now() WHERE held = $1 AND want = $2`, [dead.lane.connections, LIMIT]);
    const before = heir.lane.connections;
    for (let n = 0; n < 3; n++) await round([heir]);
    expect([before < LIMIT, heir.lane.connections]).toEqual([true, LIMIT]);
  });
});
