import type { DataSource, EntityManager } from 'typeorm';
import { type BounceClass, DeliveryKind, Outcome } from '#base/contracts';
import { type Clock, type RowId, systemClock } from '#base/kernel';
import { allowedSql } from '#domain/audience';
import { readLedger } from './ledger-cursor.js';

/** So many mails to one address ended like this, the first and the last at least so many days apart, and none arrived in between. */
export interface SoftBounceRule {
  readonly bounces: number;
  readonly days: number;
}

/**
 * When refusals that may pass are believed after all. A full mailbox that stays full for two weeks is an abandoned one; a
 * server or a name that does not answer deserves longer, because it may be ours or the network that fails; what a server does not
 * explain, the longest. Refusals because of content, sender or size say nothing about the address and never count.
 */
export const softBounceRules: Readonly<Partial<Record<BounceClass, SoftBounceRule>>> = {
  'mailbox-full': { bounces: 4, days: 14 },
  'no-answer': { bounces: 5, days: 21 },
  'dns-failure': { bounces: 5, days: 21 },
  expired: { bounces: 5, days: 21 },
  other: { bounces: 7, days: 30 },
};

const HISTORY = 20;
/** What was so long ago is forgotten. */
const FORGET_DAYS = 180;

interface Candidate {
  readonly workspaceId: string;
  readonly addressKey: string;
  readonly bounceClass: BounceClass;
  readonly bounces: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly history: readonly { readonly deliveryId: RowId; readonly reply: string; readonly at: string }[];
}

/**
 * Reads the ledger of attempts behind the senders, counts soft bounces by address, and suppresses addresses whose refusals have
 * become a habit. Sending pays nothing for it; only addresses that bounced are looked at, and success is looked for only
 * where a rule is met.
 */
export class SoftBounces {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock = systemClock,
    private readonly rules: Readonly<Partial<Record<BounceClass, SoftBounceRule>>> = softBounceRules,
  ) {}

  /** Reads on from where the last round ended. @returns how many addresses were suppressed */
  async run(): Promise<number> {
    let suppressed = 0;
    await readLedger(this.dataSource, { reader: 'soft-bounces', clock: this.clock }, async (manager, { from, to }) => {
      await this.count(manager, from, to);
      suppressed += await this.judge(manager, from, to);
    });
    await this.dataSource.query('DELETE FROM soft_bounces WHERE last_at < $1::timestamptz - make_interval(days => $2)', [
      this.clock.now().toISOString(),
      FORGET_DAYS,
    ]);
    return suppressed;
  }

  private async count(manager: EntityManager, from: RowId, to: RowId): Promise<void> {
    await manager.query(
      `WITH bounced AS (
         SELECT a.workspace_id, lower(d.email) AS address_key, a.bounce_class, count(*)::int AS bounces, min(a.at) AS first_at, max(a.at) AS last_at,
           jsonb_agg(jsonb_build_object('deliveryId', a.delivery_id::text, 'reply', left(a.reply, 200), 'at', to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY a.id) AS history
         FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
         WHERE a.id > $1 AND a.id <= $2 AND a.outcome = ${Outcome.bounced} AND a.bounce_class = ANY($3) AND d.kind <> ${DeliveryKind.test}
         GROUP BY 1, 2, 3)
       INSERT INTO soft_bounces AS s (workspace_id, address_key, bounce_class, bounces, first_at, last_at, history)
       SELECT b.workspace_id, address_key, bounce_class, bounces, first_at, last_at, history FROM bounced b JOIN workspaces w ON w.id = b.workspace_id
       ORDER BY b.workspace_id, address_key, bounce_class
       ON CONFLICT (workspace_id, address_key, bounce_class) DO UPDATE SET bounces = s.bounces + EXCLUDED.bounces, last_at = greatest(s.last_at, EXCLUDED.last_at),
         history = jsonb_path_query_array(s.history || EXCLUDED.history, ('$[last - ' || ${HISTORY - 1} || ' to last]')::jsonpath)`,
      [from, to, Object.keys(this.rules)],
    );
  }

  /** Only addresses that bounced in this stretch can have met a rule by it. */
  private async judge(manager: EntityManager, from: RowId, to: RowId): Promise<number> {
    let suppressed = 0;
    for (const candidate of await this.candidates(manager, from, to)) {
      const success = await lastSuccess(manager, candidate);
      const standing = success === undefined ? candidate : await resetBefore(manager, candidate, success);
      if (standing && this.isMet(standing)) suppressed += await suppress(manager, standing);
    }
    return suppressed;
  }

  private async candidates(manager: EntityManager, from: RowId, to: RowId): Promise<Candidate[]> {
    const rules = Object.entries(this.rules) as [BounceClass, SoftBounceRule][];
    return manager.query(
      `SELECT s.workspace_id AS "workspaceId", s.address_key AS "addressKey", s.bounce_class AS "bounceClass", s.bounces,
         s.first_at AS "firstAt", s.last_at AS "lastAt", s.history
       FROM soft_bounces s JOIN unnest($1::text[], $2::int[], $3::int[]) AS r (class, bounces, days) ON r.class = s.bounce_class
       WHERE s.bounces >= r.bounces AND s.last_at - s.first_at >= make_interval(days => r.days)
         AND EXISTS (SELECT FROM jsonb_array_elements(s.history) h JOIN attempts a ON a.delivery_id = (h->>'deliveryId')::bigint
           WHERE a.id > $4 AND a.id <= $5)
       ORDER BY s.workspace_id, s.address_key, s.bounce_class`,
      [rules.map(([name]) => name), rules.map(([, rule]) => rule.bounces), rules.map(([, rule]) => rule.days), from, to],
    );
  }

  private isMet({ bounceClass, bounces, firstAt, lastAt }: Candidate): boolean {
    const rule = this.rules[bounceClass]!;
    return bounces >= rule.bounces && lastAt.getTime() - firstAt.getTime() >= rule.days * 86_400_000;
  }
}

/** When mail last arrived at the address and was not returned afterwards. */
async function lastSuccess(manager: EntityManager, { workspaceId, addressKey, firstAt }: Candidate): Promise<Date | undefined> {
  const [row] = (await manager.query(
    `WITH to_address AS (
       SELECT d.id FROM deliveries d WHERE d.workspace_id = $1 AND d.contact_id IS NULL AND lower(d.email) = $2 AND d.id >= chapar_first_row_id($3::timestamptz)
       UNION ALL
       SELECT d.id FROM contacts c JOIN deliveries d ON d.contact_id = c.id
       WHERE c.workspace_id = $1 AND c.email_key = $2 AND d.id >= chapar_first_row_id($3::timestamptz))
     SELECT max(a.at) AS at FROM to_address t JOIN attempts a ON a.delivery_id = t.id
     WHERE a.outcome = ${Outcome.delivered} AND a.at > $3
       AND NOT EXISTS (SELECT FROM attempts later WHERE later.delivery_id = a.delivery_id AND later.outcome = ${Outcome.bounced})`,
    [workspaceId, addressKey, firstAt],
  )) as [{ at: Date | null }?];
  return row?.at ?? undefined;
}

/** Forgets what was before a success. @returns what stands, if anything does */
async function resetBefore(manager: EntityManager, candidate: Candidate, success: Date): Promise<Candidate | undefined> {
  const { workspaceId, addressKey, bounceClass } = candidate;
  const history = candidate.history.filter(({ at }) => new Date(at) > success);
  const key = [workspaceId, addressKey, bounceClass];
  if (history.length === 0) {
    await manager.query('DELETE FROM soft_bounces WHERE workspace_id = $1 AND address_key = $2 AND bounce_class = $3', key);
    return undefined;
  }
  const firstAt = new Date(history[0]!.at);
  await manager.query(
    'UPDATE soft_bounces SET bounces = $4, first_at = $5, history = $6 WHERE workspace_id = $1 AND address_key = $2 AND bounce_class = $3',
    [...key, history.length, firstAt, JSON.stringify(history)],
  );
  return { ...candidate, history, firstAt, bounces: history.length };
}

/** The evidence goes with the suppression; the count begins anew, should somebody lift it. */
async function suppress(manager: EntityManager, candidate: Candidate): Promise<number> {
  const { workspaceId, addressKey, bounceClass, history } = candidate;
  const [added] = (await manager.query(
    `INSERT INTO suppressions (workspace_id, address_key, reason, detail, delivery_id, source)
     SELECT $1, $2, 'hard-bounce', $3, $4, 'soft-bounces' WHERE NOT ${allowedSql('$2', '$1')} ON CONFLICT DO NOTHING RETURNING id`,
    [workspaceId, addressKey, evidenceOf(candidate), history.at(-1)!.deliveryId],
  )) as [unknown[], number] | [];
  await manager.query('DELETE FROM soft_bounces WHERE workspace_id = $1 AND address_key = $2 AND bounce_class = $3', [
    workspaceId,
    addressKey,
    bounceClass,
  ]);
  return added === undefined ? 0 : 1;
}

function evidenceOf({ bounceClass, bounces, firstAt, lastAt, history }: Candidate): string {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  const last = history.slice(-3).map(({ at, reply }) => `${at.slice(0, 10)} ${reply}`);
  return `${bounces} mails ended as ${bounceClass} from ${day(firstAt)} to ${day(lastAt)}, and none arrived. The last: ${last.join('; ')}`.slice(
    0,
    2_000,
  );
}
