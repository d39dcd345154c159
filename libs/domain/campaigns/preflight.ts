import type { DataSource, EntityManager } from 'typeorm';
import type { ActorContext, ErrorDetail } from '#base/kernel';
import { type AudienceCounts, countAudience } from '#domain/audience';
import { type CompiledTemplate, findMissing, mergeDataOf } from '#domain/templates';
import { parseAddress } from '#protocol/mime';
import type { CampaignEntity } from './campaign.entity.js';
import { campaignError } from './campaigns.errors.js';
import { freezeSelection } from './freeze-sql.js';

/** `live`: mail leaves for the network; `sandbox`: it reaches only the built-in simulator. */
export type DeliveryMode = 'sandbox' | 'live';

/** What a campaign is frozen with when it passes. */
export interface ReadyCampaign {
  readonly templateVersionId: string;
  readonly compiled: CompiledTemplate;
  readonly domainId: string;
  readonly audienceCounts: AudienceCounts;
}

/**
 * Checks everything that could make a campaign fail after it started, before anything is sent.
 * @throws ChaparError `campaign_not_ready` with one detail per thing to mend
 */
export async function checkReady(
  dataSource: DataSource,
  context: ActorContext,
  campaign: CampaignEntity,
  delivery: DeliveryMode,
): Promise<ReadyCampaign> {
  const { manager } = dataSource;
  const problems: ErrorDetail[] = [];
  const version = await newestVersion(manager, context, campaign.templateId);
  if (!version)
    problems.push({
      field: 'templateId',
      code: 'missing',
      message: 'The campaign has no template, or its template has no published version.',
    });
  const domainId = await senderDomain(manager, context, campaign, delivery, problems);
  const counts = await countAudience(dataSource, context, campaign.audience);
  if (counts.sendable === 0) problems.push({ field: 'audience', code: 'empty', message: emptyAudience(counts) });
  if (version && counts.sendable > 0) problems.push(...(await missingValues(manager, context, campaign, version.compiled)));
  if (problems.length > 0 || !version || !domainId) {
    throw campaignError('campaign_not_ready', `The campaign cannot be sent yet: ${problems.map((problem) => problem.message).join(' ')}`, {
      details: problems,
    });
  }
  return { templateVersionId: version.id, compiled: version.compiled, domainId, audienceCounts: counts };
}

export async function newestVersion(
  manager: EntityManager,
  context: ActorContext,
  templateId: string | null,
): Promise<{ id: string; compiled: CompiledTemplate } | undefined> {
  if (templateId === null) return undefined;
  const [row] = (await manager.query(
    'SELECT id, compiled FROM template_versions WHERE template_id = $1 AND workspace_id = $2 ORDER BY number DESC LIMIT 1',
    [templateId, context.workspaceId],
  )) as { id: string; compiled: CompiledTemplate }[];
  return row;
}

async function senderDomain(
  manager: EntityManager,
  context: ActorContext,
  campaign: CampaignEntity,
  delivery: DeliveryMode,
  problems: ErrorDetail[],
): Promise<string | undefined> {
  const domain = parseAddress(campaign.fromEmail).domain;
  const [row] = (await manager.query('SELECT id, status, is_sandbox FROM domains WHERE workspace_id = $1 AND name = $2', [
    context.workspaceId,
    domain,
  ])) as { id: string; status: string; is_sandbox: boolean }[];
  if (!row) {
    problems.push({
      field: 'fromEmail',
      code: 'domain_unknown',
      message: `${domain} is not a sending domain of this workspace: add it with "chapar domain add ${domain}", or send from sandbox.chapar.test.`,
    });
  } else if (row.status !== 'verified') {
    problems.push({
      field: 'fromEmail',
      code: 'domain_unverified',
      message: `${domain} is not verified: publish its DNS records ("chapar domain records ${domain}") and verify it.`,
    });
  }
  if (row?.is_sandbox && delivery === 'live') {
    problems.push({
      field: 'fromEmail',
      code: 'domain_sandbox',
      message: `Delivery is live, and ${domain} reaches only the built-in simulator: send from a domain of your own.`,
    });
  }
  return row?.id;
}

function emptyAudience(counts: {
  selected: number;
  unsubscribed: number;
  unconfirmed: number;
  excluded: number;
  suppressed: number;
}): string {
  if (counts.selected === 0) return 'The chosen lists have no contacts.';
  const reasons = (['unsubscribed', 'unconfirmed', 'excluded', 'suppressed'] as const)
    .filter((key) => counts[key] > 0)
    .map((key) => `${counts[key]} ${key}`);
  return `None of the ${counts.selected} contacts of the chosen lists can be sent to: ${reasons.join(', ')}.`;
}

/**
 * Under the strict policy every recipient must have every value. Contacts are grouped by which of the template's fields
 * they have, and one contact of each group is tried: a handful of renderings answers for a million contacts.
 */
async function missingValues(
  manager: EntityManager,
  context: ActorContext,
  campaign: CampaignEntity,
  compiled: CompiledTemplate,
): Promise<ErrorDetail[]> {
  if (compiled.missingValues !== 'strict') return [];
  const selection = freezeSelection(context, campaign.audience, compiled.fields);
  const groups = (await manager.query(
    `SELECT (array_agg(email ORDER BY contact_id))[1] AS email, (array_agg(merge ORDER BY contact_id))[1] AS merge, count(*)::int AS contacts
     FROM (${selection.sql}) AS selected
     GROUP BY (SELECT array_agg(key ORDER BY key) FROM jsonb_object_keys(coalesce(merge, '{}')) AS key)
     ORDER BY contacts DESC LIMIT 200`,
    selection.parameters,
  )) as { email: string; merge: Record<string, unknown> | null; contacts: number }[];
  return groups.flatMap((group) =>
    findMissing(compiled, mergeDataOf(group)).map((tag) => ({
      field: 'audience',
      code: 'merge_value_missing',
      message: `{{${tag}}} has no value for ${group.contacts} contacts, such as ${group.email}; give it a default or fill it in.`,
    })),
  );
}
