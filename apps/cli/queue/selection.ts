import { type Command, InvalidArgumentError } from 'commander';
import type { QueueSelection } from '#domain/sending';

/** Options that say which waiting mail is meant; all that are given must fit. */
export interface SelectionOptions {
  readonly site?: string;
  readonly domain?: string;
  readonly campaign?: string;
  readonly workspace?: string;
  readonly all?: boolean;
}

export function withSelection(command: Command): Command {
  return command
    .option('--site <name>', 'mail for a receiving site or a provider, as `queue list` names them')
    .option('--domain <name>', 'mail for addresses of this domain')
    .option('--campaign <id>', 'mail of this campaign')
    .option('--workspace <id>', 'mail of this workspace')
    .option('--all', 'all mail, if nothing else is said');
}

export function selectionOf({ site, domain, campaign, workspace, all }: SelectionOptions): QueueSelection {
  return { site, domain, campaignId: campaign, workspaceId: workspace, everything: all };
}

export function describeSelection({ site, domain, campaign, workspace }: SelectionOptions): string {
  const parts = [
    domain && `for ${domain}`,
    site && `towards ${site}`,
    campaign && `of campaign ${campaign}`,
    workspace && `of workspace ${workspace}`,
  ].filter(Boolean);
  return parts.length === 0 ? 'all mail' : `mail ${parts.join(' ')}`;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3600_000, d: 86_400_000 };

/** `90s`, `30m`, `2h` or `3d`, in milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,6})\s*([smhd])$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError('It must be a number and a unit: 90s, 30m, 2h or 3d.');
  return Number(match[1]) * UNITS[match[2]!.toLowerCase()]!;
}

/** A moment that is still to come. */
export function parseMoment(text: string): Date {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw new InvalidArgumentError('It must be a time such as 2030-01-31T09:00Z.');
  if (moment.getTime() <= Date.now()) throw new InvalidArgumentError('It must lie in the future.');
  return moment;
}
