import * as z from 'zod';
import type { CampaignStatus } from '#domain/campaigns';
import { instant, listOf } from '../http/answers.js';

const count = z.number().int();
const statuses = [
  'draft',
  'scheduled',
  'preparing',
  'sending',
  'paused',
  'sent',
  'cancelled',
  'failed',
] as const satisfies readonly CampaignStatus[];
const lists = z.object({ lists: z.array(z.string()).readonly() });

export const campaignAnswer = z
  .object({
    object: z.string(),
    id: z.string(),
    name: z.string(),
    status: z.enum(statuses),
    status_reason: z.string().nullable(),
    template_id: z.string().nullable(),
    from_name: z.string(),
    from_email: z.string(),
    reply_to: z.string().nullable(),
    audience: z.object({ include: lists, exclude: lists }),
    audience_counts: z.record(z.string(), z.number()).nullable(),
    scheduled_at: instant.nullable(),
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
    created_at: instant,
  })
  .meta({ id: 'Campaign' });

const actorCounts = z.object({ unique: count, total: count });
const byActor = z.object({ human: actorCounts, machine: actorCounts });

export const campaignReportAnswer = z
  .object({
    recipients: count,
    queued: count,
    accepted: count,
    delivered: count,
    deferred: count,
    bounced: z.object({ total: count, late: count, byClass: z.record(z.string(), count) }),
    failed: count,
    cancelled: count,
    unknown: count,
    suppressed: count,
    opens: byActor,
    clicks: byActor,
    complained: count,
    unsubscribed: count,
    replied: count,
    autoReplied: count,
    acceptedByProvider: z.record(z.string(), count),
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    throughputPerSecond: z.number(),
  })
  .meta({ id: 'CampaignReport' });

export const campaignListAnswer = listOf('CampaignList', campaignAnswer.extend({ report: campaignReportAnswer.optional() }));

export const previewAnswer = z
  .object({ subject: z.string(), preheader: z.string(), html: z.string(), text: z.string() })
  .meta({ id: 'RenderedMail' });

export const audienceCountsAnswer = z
  .object({ selected: count, unsubscribed: count, unconfirmed: count, excluded: count, suppressed: count, sendable: count })
  .meta({ id: 'AudienceCounts' });

/** What stands in the way of sending; nothing, when it may go. */
export const campaignChecksAnswer = z
  .object({
    is_ready: z.boolean(),
    problems: z.array(z.object({ field: z.string().optional(), code: z.string(), message: z.string() })).readonly(),
    audience: audienceCountsAnswer.nullable(),
  })
  .meta({ id: 'CampaignChecks' });

export const testAnswer = z.object({ ids: z.array(z.string()) }).meta({ id: 'CampaignTestSent' });

/** Every recipient counted anew, one by one, against the figures of the report. */
export const ledgerAnswer = z
  .object({
    recipients: count,
    byState: z.record(z.string(), count),
    acceptedTwice: count,
    strayOutcomes: count,
    duplicateContacts: count,
    isComplete: z.boolean(),
    differences: z.array(z.string()).readonly(),
  })
  .meta({ id: 'LedgerAudit' });
