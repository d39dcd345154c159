import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { type Clock, type Logger, messageOf, systemClock } from '#base/kernel';
import type { AppliedPolicy } from '#net/tls-policy';
import type { TlsSessionNote } from './connect-next-hop.js';

interface Tally {
  readonly key: readonly string[];
  readonly policy: AppliedPolicy;
  reason: string;
  sessions: number;
}

const FLUSH_MS = 30_000;
const MAX_TALLIES = 10_000;
const MAX_REASON = 300;

/**
 * Counts TLS sessions for the domains that ask for reports (RFC 8460), in memory first: a report is about a day, and a
 * crash may cost it the last half minute.
 */
export class TlsSessionCounter {
  private tallies = new Map<string, Tally>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly logger: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  readonly note = ({ policy, hostname, receivingIp = '', sendingIp = '', failure }: TlsSessionNote): void => {
    const applied = policy.appliedTo(hostname);
    this.add(
      policy.domain,
      applied,
      failure?.type ?? '',
      failure ? [hostname, receivingIp, sendingIp] : ['', '', ''],
      failure?.reason ?? '',
    );
  };

  private add(domain: string, policy: AppliedPolicy, result: string, where: readonly string[], reason: string): void {
    const day = this.clock.now().toISOString().slice(0, 10);
    const hash = createHash('sha256').update(JSON.stringify(policy)).digest('base64url');
    const key = [day, domain, hash, result, ...where];
    const name = key.join('\n');
    const known = this.tallies.get(name);
    if (known) {
      known.sessions++;
      known.reason = reason.slice(0, MAX_REASON);
    } else if (this.tallies.size < MAX_TALLIES) {
      this.tallies.set(name, { key, policy, reason: reason.slice(0, MAX_REASON), sessions: 1 });
    }
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Adds what was counted to the table. What cannot be written now is kept for the next time. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const tallies = this.tallies;
    if (tallies.size === 0) return;
    this.tallies = new Map();
    try {
      await this.write([...tallies.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tally]) => tally));
    } catch (error) {
      this.logger.warn({ reason: messageOf(error) }, 'TLS sessions cannot be counted now');
      this.keep(tallies);
    }
  }

  private async write(tallies: readonly Tally[]): Promise<void> {
    const column = (i: number) => tallies.map(({ key }) => key[i]!);
    await this.dataSource.query(
      `INSERT INTO tls_sessions (day, domain, policy_hash, result, mx_host, receiving_ip, sending_ip, policy, reason, sessions)
       SELECT * FROM unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[], $9::text[], $10::bigint[])
       ON CONFLICT (day, domain, policy_hash, result, mx_host, receiving_ip, sending_ip)
         DO UPDATE SET sessions = tls_sessions.sessions + excluded.sessions, reason = excluded.reason`,
      [
        ...[0, 1, 2, 3, 4, 5, 6].map(column),
        tallies.map(({ policy }) => JSON.stringify(policy)),
        tallies.map(({ reason }) => reason),
        tallies.map(({ sessions }) => sessions),
      ],
    );
  }

  private keep(tallies: ReadonlyMap<string, Tally>): void {
    for (const [name, tally] of tallies) {
      const newer = this.tallies.get(name);
      if (newer) newer.sessions += tally.sessions;
      else this.tallies.set(name, tally);
    }
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }
}
