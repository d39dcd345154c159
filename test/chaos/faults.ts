import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { EmbeddedPostgres } from '#platform/database';
import { type Fleet, type KillableRole, killableRoles } from './fleet.js';
import { patiently } from './ledger.js';
import type { ChaosRedis } from './redis.js';
import type { Witness } from './witness.js';

export interface FaultOptions {
  readonly fleet: Fleet;
  readonly server: EmbeddedPostgres;
  readonly redis: ChaosRedis | undefined;
  readonly witness: Witness;
  readonly source: DataSource;
  readonly kills: number;
  /** Messages that the simulator is going to take, about. */
  readonly expected: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** Of the kills, so many happen while the campaign is prepared. */
const FREEZE_SHARE = 0.05;
/** Every so many kills PostgreSQL crashes as well: by SIGKILL and by an immediate shutdown in turns. */
const DATABASE_CRASH_EVERY = 5;
/** Every so many, Redis forgets everything: flushed and killed in turns. */
const REDIS_LOSS_EVERY = 4;
/** Every so many kills of an MTA, its successor dies as well while it takes over. */
const KILL_IN_RECOVERY_EVERY = 4;
/** Mail may be slow for a while after a fault; the next one comes all the same. */
const LONGEST_PEACE_MS = 8_000;
/** The MTA is what this is about; the rest shares the other half. */
const MTA_SHARE = 0.5;

/** Kills at random points of the run, which are counted in messages taken, so that every kill meets mail that flows, on any machine. */
export class Faults {
  private readonly counts = new Map<string, number>();
  private readonly random: () => number;
  private done = 0;

  constructor(private readonly options: FaultOptions) {
    this.random = generator(options.seed);
  }

  killed(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  get killedMtas(): number {
    return this.killed('mta') + this.killed('mta-2');
  }

  summary(): string {
    return [...this.counts].map(([what, n]) => `${what} ${n}×`).join(', ');
  }

  /** Workers mostly: they are preparing. */
  async duringFreeze(): Promise<void> {
    for (let n = Math.floor(this.options.kills * FREEZE_SHARE); n > 0; n--) {
      await sleep(this.random() * 400);
      await this.kill(this.random() < 0.7 ? 'worker' : this.role());
    }
  }

  async duringDelivery(): Promise<void> {
    const { kills, expected, witness, fleet, say, source } = this.options;
    const left = kills - this.done;
    const moments = Array.from({ length: left }, () => this.random() * expected * 0.93).sort((a, b) => a - b);
    while (this.done < kills) {
      const moment = moments[left - (kills - this.done)]!;
      await until(() => witness.read().accepted >= moment, LONGEST_PEACE_MS);
      const crashesDatabase = (this.done + 1) % DATABASE_CRASH_EVERY === 0;
      if (crashesDatabase) await this.crashDatabase();
      if ((this.done + 1) % REDIS_LOSS_EVERY === 0) await this.loseRedis();
      const role = this.role();
      await this.kill(role);
      if (crashesDatabase) await this.options.server.restart();
      if (isMta(role) && this.killedMtas % KILL_IN_RECOVERY_EVERY === 0 && this.done < kills) {
        // From its first moment to the first messages of its own; and the other one, that may have taken over by then.
        await sleep(this.random() * 1_500);
        await this.kill(this.random() < 0.5 ? 'mta' : 'mta-2');
      }
      if (this.done % 10 === 0) say(`  ${this.done} kills; ${witness.accepted} taken, ${await waiting(source)} batches to go`);
    }
    for (const role of killableRoles) await fleet.isUp(role);
  }

  private role(): KillableRole {
    if (this.random() < MTA_SHARE) return this.random() < 0.5 ? 'mta' : 'mta-2';
    const others = killableRoles.filter((role) => !isMta(role));
    return others[Math.floor(this.random() * others.length)]!;
  }

  private async kill(role: KillableRole): Promise<void> {
    await this.options.fleet.kill(role);
    this.done++;
    this.count(role);
  }

  private async crashDatabase(): Promise<void> {
    const { pid } = this.options.server;
    if (pid === undefined) return;
    const isImmediate = this.killed('PostgreSQL') % 2 === 1;
    process.kill(pid, isImmediate ? 'SIGQUIT' : 'SIGKILL');
    this.count('PostgreSQL');
    // Roles outlive the database for a while, and have to hold what they could not record.
    await sleep(this.random() * 400);
  }

  private async loseRedis(): Promise<void> {
    const { redis } = this.options;
    if (!redis) return;
    if (this.killed('Redis') % 2 === 0) await redis.flush();
    else await redis.crash();
    this.count('Redis');
  }

  private count(what: string): void {
    this.counts.set(what, this.killed(what) + 1);
  }
}

const isMta = (role: KillableRole) => role.startsWith('mta');

async function until(isReached: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!isReached() && Date.now() < deadline) await sleep(3);
}

async function waiting(source: DataSource): Promise<number> {
  const [{ n }] = (await patiently(() => source.query('SELECT count(*)::int AS n FROM batches'))) as [{ n: number }];
  return n;
}

/** mulberry32: the same kills for the same seed, as far as processes are ever the same. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
