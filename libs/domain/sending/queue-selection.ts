import { domainToASCII } from 'node:url';
import type { DataSource } from 'typeorm';
import type { QueueFilter } from './queue-orders.js';
import { sendingError } from './sending.errors.js';

/** Who works on the queue, and whose mail they may touch: that of one workspace, or all of the installation. */
export interface OperatorScope {
  readonly workspaceId: string | null;
  /** For people, in orders and outcomes: an address, a key's name. */
  readonly by: string;
}

/** Which mail is meant. No condition at all has to be said by `everything`, so that nobody bounces all mail by a slip. */
export interface QueueSelection extends QueueFilter {
  readonly everything?: boolean | undefined;
}

/** @throws ChaparError `queue_selection_empty`, `site_not_found` or `queue_selection_invalid` */
export async function resolveSelection(dataSource: DataSource, scope: OperatorScope, selection: QueueSelection): Promise<QueueFilter> {
  const { site, domain, campaignId, workspaceId, laneId, everything } = selection;
  if (
    everything !== true &&
    laneId === undefined &&
    site === undefined &&
    domain === undefined &&
    campaignId === undefined &&
    workspaceId === undefined
  ) {
    throw sendingError('queue_selection_empty', 'Say which mail is meant: a site, a domain, a campaign, or expressly everything.');
  }
  if (scope.workspaceId !== null && workspaceId !== undefined && workspaceId !== scope.workspaceId)
    throw sendingError('queue_selection_invalid', `There is no workspace ${workspaceId}.`);
  const filter = {
    site,
    domain: domain === undefined ? undefined : asciiDomain(domain),
    campaignId,
    workspaceId: scope.workspaceId ?? workspaceId,
    laneId,
  };
  if (site !== undefined && !(await isKnownSite(dataSource, site))) throw siteNotFound(site);
  await requireRow(dataSource, 'campaigns', 'campaign', campaignId, scope.workspaceId);
  await requireRow(dataSource, 'workspaces', 'workspace', workspaceId, null);
  return filter;
}

async function isKnownSite(dataSource: DataSource, site: string): Promise<boolean> {
  const rows: unknown[] = await dataSource.query(`SELECT FROM lanes WHERE site = $1 OR (provider = $1 AND provider <> 'default') LIMIT 1`, [
    site,
  ]);
  return rows.length > 0;
}

async function requireRow(
  dataSource: DataSource,
  table: 'campaigns' | 'workspaces',
  what: string,
  id: string | undefined,
  workspaceId: string | null,
): Promise<void> {
  if (id === undefined) return;
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
  const scoped = table === 'campaigns' ? ' AND ($2::uuid IS NULL OR workspace_id = $2)' : ' AND $2::uuid IS NULL';
  const rows: unknown[] = isUuid ? await dataSource.query(`SELECT FROM ${table} WHERE id = $1${scoped}`, [id, workspaceId]) : [];
  if (rows.length === 0) throw sendingError('queue_selection_invalid', `There is no ${what} ${id}.`);
}
export function siteNotFound(site: string) {
  return sendingError('site_not_found', `Nothing was ever queued for a site or provider ${site}.`);
}

/** As senders compare it: the end of an address, in lower case. */
function asciiDomain(domain: string): string {
  const name = domain.trim().replace(/^@/, '');
  return (domainToASCII(name) || name).toLowerCase();
}
