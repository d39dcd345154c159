import type { EntityManager } from 'typeorm';
import { type BounceClass, type CounterMetric, Outcome, Via } from '#base/contracts';
import { type CounterValues, counterTotal, readCounters } from '#domain/tracking';
import type { CampaignEntity } from './campaign.entity.js';

export interface ActorCounts {
  readonly unique: number;
  readonly total: number;
}

/** Where every recipient of a campaign stands, from counters alone: cheap enough for a page that refreshes each second. */
export interface CampaignReport {
  readonly recipients: number;
  readonly queued: number;
  /** Taken by the receiving server at first. */
  readonly accepted: number;
  /** Accepted and not returned later. */
  readonly delivered: number;
  /** Recipients that were put off at least once, whatever became of them. */
  readonly deferred: number;
  /** Refused at once or returned later, by class. */
  readonly bounced: { readonly total: number; readonly late: number; readonly byClass: Readonly<Partial<Record<BounceClass, number>>> };
  readonly failed: number;
  readonly cancelled: number;
  readonly unknown: number;
  readonly suppressed: number;
  readonly opens: { readonly human: ActorCounts; readonly machine: ActorCounts };
  readonly clicks: { readonly human: ActorCounts; readonly machine: ActorCounts };
  readonly complained: number;
  readonly unsubscribed: number;
  readonly replied: number;
  readonly autoReplied: number;
  readonly acceptedByProvider: Readonly<Record<string, number>>;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Final outcomes per second between start and end (or now). */
  readonly throughputPerSecond: number;
}

export async function readCampaignReports(
  manager: EntityManager,
  campaigns: readonly CampaignEntity[],
  now: Date,
): Promise<Map<string, CampaignReport>> {
  const counters = await readCounters(
    manager,
    campaigns.map((campaign) => campaign.id),
  );
  return new Map(campaigns.map((campaign) => [campaign.id, reportOf(campaign, counters.get(campaign.id)!, now)]));
}

function reportOf(campaign: CampaignEntity, values: CounterValues, now: Date): CampaignReport {
  const total = (metric: CounterMetric) => counterTotal(values, metric);
  const lateBounces = total('late_bounced');
  const settled = total('accepted') + total('bounced') + total('failed') + total('cancelled') + total('unknown') + total('suppressed');
  const elapsedSeconds = campaign.startedAt ? ((campaign.finishedAt ?? now).getTime() - campaign.startedAt.getTime()) / 1000 : 0;
  return {
    recipients: total('recipients'),
    queued: total('recipients') - settled,
    accepted: total('accepted'),
    delivered: total('accepted') - lateBounces,
    deferred: total('deferred_unique'),
    bounced: {
      total: total('bounced') + lateBounces,
      late: lateBounces,
      byClass: addDimensions(values.get('bounced'), values.get('late_bounced')),
    },
    failed: total('failed'),
    cancelled: total('cancelled'),
    unknown: total('unknown'),
    suppressed: total('suppressed'),
    opens: actors(total, 'opens'),
    clicks: actors(total, 'clicks'),
    complained: total('complained'),
    unsubscribed: total('unsubscribed'),
    replied: total('replied'),
    autoReplied: total('auto_replied'),
    acceptedByProvider: Object.fromEntries(values.get('accepted') ?? []),
    startedAt: campaign.startedAt,
    finishedAt: campaign.finishedAt,
    throughputPerSecond: elapsedSeconds > 0 ? settled / elapsedSeconds : 0,
  };
}

function actors(total: (metric: CounterMetric) => number, what: 'opens' | 'clicks') {
  return {
    human: { unique: total(`${what}_human_unique`), total: total(`${what}_human_total`) },
    machine: { unique: total(`${what}_machine_unique`), total: total(`${what}_machine_total`) },
  };
}

function addDimensions(...maps: (ReadonlyMap<string, number> | undefined)[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const map of maps) for (const [key, value] of map ?? []) sum[key] = (sum[key] ?? 0) + value;
  return sum;
}

/** What the ledger itself says, recipient by recipient; `isComplete` only when it agrees with the counters in every figure. */
export interface LedgerAudit {
  readonly recipients: number;
  readonly byState: Readonly<
    Record<'queued' | 'deferred' | 'delivered' | 'bounced' | 'failed' | 'cancelled' | 'unknown' | 'suppressed', number>
  >;
  /** Recipients whose server took the message more than once. */
  readonly acceptedTwice: number;
  /** Outcomes that belong to no recipient of the campaign. */
  readonly strayOutcomes: number;
  /** Contacts that got more than one delivery. */
  readonly duplicateContacts: number;
  readonly isComplete: boolean;
  readonly differences: readonly string[];
}

/**
 * Counts every recipient of a campaign once from `deliveries` and `attempts` and compares the result with the counters.
 * A full read of the campaign's ledger: seconds for a million recipients.
 */
export async function auditLedger(manager: EntityManager, campaignId: string, report: CampaignReport): Promise<LedgerAudit> {
  const rows: { state: number | null; n: string }[] = await manager.query(
    `WITH last AS (
       SELECT DISTINCT ON (delivery_id) delivery_id, outcome FROM attempts WHERE campaign_id = $1 ORDER BY delivery_id, number DESC, id DESC)
     SELECT last.outcome AS state, count(*) AS n
     FROM deliveries d LEFT JOIN last ON last.delivery_id = d.id
     WHERE d.campaign_id = $1 AND d.kind = 0 GROUP BY 1`,
    [campaignId],
  );
  const count = (state: number | null) => Number(rows.find((row) => row.state === state)?.n ?? 0);
  const byState = {
    queued: count(null),
    deferred: count(Outcome.deferred),
    delivered: count(Outcome.delivered),
    bounced: count(Outcome.bounced),
    failed: count(Outcome.failed),
    cancelled: count(Outcome.cancelled),
    unknown: count(Outcome.unknown),
    suppressed: count(Outcome.suppressed),
  };
  const recipients = Object.values(byState).reduce((sum, n) => sum + n, 0);
  const oddities = await readOddities(manager, campaignId);
  const differences = compare(report, { ...byState, recipients }, oddities);
  return { recipients, byState, ...oddities, isComplete: differences.length === 0, differences };
}

interface Oddities {
  readonly acceptedTwice: number;
  readonly strayOutcomes: number;
  readonly duplicateContacts: number;
}

async function readOddities(manager: EntityManager, campaignId: string): Promise<Oddities> {
  const [row]: [{ accepted_twice: string; stray: string; duplicates: string }] = await manager.query(
    `SELECT
       (SELECT count(*) FROM (SELECT 1 FROM attempts WHERE campaign_id = $1 AND outcome = ${Outcome.delivered} AND via = ${Via.smtp}
          GROUP BY delivery_id HAVING count(*) > 1) AS twice) AS accepted_twice,
       (SELECT count(*) FROM attempts a WHERE campaign_id = $1
          AND NOT EXISTS (SELECT FROM deliveries d WHERE d.id = a.delivery_id AND d.campaign_id = $1)) AS stray,
       (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE campaign_id = $1 AND kind = 0 GROUP BY contact_id HAVING count(*) > 1) AS twice) AS duplicates`,
    [campaignId],
  );
  return { acceptedTwice: Number(row.accepted_twice), strayOutcomes: Number(row.stray), duplicateContacts: Number(row.duplicates) };
}

function compare(report: CampaignReport, ledger: LedgerAudit['byState'] & { recipients: number }, oddities: Oddities): string[] {
  const pairs: [string, number, number][] = [
    ['recipients', ledger.recipients, report.recipients],
    ['waiting', ledger.queued + ledger.deferred, report.queued],
    ['delivered', ledger.delivered, report.delivered],
    ['bounced', ledger.bounced, report.bounced.total],
    ['failed', ledger.failed, report.failed],
    ['cancelled', ledger.cancelled, report.cancelled],
    ['unknown', ledger.unknown, report.unknown],
    ['suppressed', ledger.suppressed, report.suppressed],
    ['accepted more than once', oddities.acceptedTwice, 0],
    ['outcomes without a recipient', oddities.strayOutcomes, 0],
    ['contacts with two deliveries', oddities.duplicateContacts, 0],
  ];
  return pairs
    .filter(([, found, expected]) => found !== expected)
    .map(([what, found, expected]) => `${what}: ${found} in the ledger, ${expected} expected`);
}
