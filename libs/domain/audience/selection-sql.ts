import type { DataSource, EntityManager } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { inForce, suppressionsOf } from './suppression-sql.js';

/** Whom a campaign goes to: members of the included lists who are on none of the excluded ones. */
export interface AudienceSelection {
  readonly include: { readonly lists: readonly string[] };
  readonly exclude: { readonly lists: readonly string[] };
}

/** A query and its parameters, `$1` on; append your own parameters behind them. */
export interface SqlFragment {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** fromContactId <= id < toContactId */
export interface ContactIdRange {
  readonly fromContactId: string;
  readonly toContactId: string;
}

/** Addresses that people let have mail: few, so joining them costs next to nothing. */
const JOIN_ALLOWED = `LEFT JOIN suppression_overrides allowed ON ${inForce('allowed', '$1::uuid')} AND allowed.address_key = contact.email_key`;
const IS_ALLOWED = '(allowed.address_key IS NOT NULL)';

/**
 * The contacts who may be sent to now, as a query with one column, `contact_id`, each once: subscribed to an included
 * list, not subscribed to an excluded one, and suppressed neither by address nor by domain nor by a pattern. With a range it reads only
 * the index entries of that range, whatever the size of the lists.
 */
export function sendableContacts(context: ActorContext, audience: AudienceSelection, range?: ContactIdRange): SqlFragment {
  const parameters: unknown[] = [context.workspaceId, audience.include.lists];
  const bind = (value: unknown, type: string) => `$${parameters.push(value)}::${type}`;
  const conditions = [
    'contact.workspace_id = $1::uuid',
    'member.list_id = ANY($2::uuid[])',
    `member.status = 'subscribed'`,
    // Conditions of their own rather than one with OR: only so are they anti-joins, which the planner can hash.
    ...suppressionsOf({ key: 'contact.email_key', workspaceId: '$1::uuid', isAllowed: IS_ALLOWED }).map(
      (suppressed) => `NOT ${suppressed}`,
    ),
  ];
  if (audience.exclude.lists.length > 0) {
    conditions.push(`NOT EXISTS (SELECT FROM list_memberships excluded WHERE excluded.contact_id = member.contact_id
          AND excluded.list_id = ANY(${bind(audience.exclude.lists, 'uuid[]')}) AND excluded.status = 'subscribed')`);
  }
  if (range)
    conditions.push(
      `member.contact_id >= ${bind(range.fromContactId, 'bigint')}`,
      `member.contact_id < ${bind(range.toContactId, 'bigint')}`,
    );
  // A contact may be on several of the lists; sorting is saved where there is only one.
  const distinct = audience.include.lists.length > 1 ? 'DISTINCT ' : '';
  return {
    sql: `SELECT ${distinct}member.contact_id FROM list_memberships member JOIN contacts contact ON contact.id = member.contact_id
      ${JOIN_ALLOWED}
      WHERE ${conditions.join('\n        AND ')}`,
    parameters,
  };
}

/**
 * Everyone subscribed to an included list, as a query with one column, `contact_id`, each once: what the borders of
 * ranges are cut from. It neither knows the workspace nor looks at exclusions: select with `sendableContacts` inside.
 */
export function membersOf(audience: AudienceSelection): SqlFragment {
  const distinct = audience.include.lists.length > 1 ? 'DISTINCT ' : '';
  return {
    sql: `SELECT ${distinct}contact_id FROM list_memberships WHERE list_id = ANY($1::uuid[]) AND status = 'subscribed'`,
    parameters: [audience.include.lists],
  };
}

/** How an audience shrinks: selected = unsubscribed + unconfirmed + excluded + suppressed + sendable, each contact counted once. */
export interface AudienceCounts {
  /** Contacts who are or were on an included list. */
  readonly selected: number;
  /** Subscribed to none of the included lists, having left one of them. */
  readonly unsubscribed: number;
  /** Subscribed to none and unsubscribed from none: they never confirmed. */
  readonly unconfirmed: number;
  readonly excluded: number;
  readonly suppressed: number;
  readonly sendable: number;
}

/** Counts an audience by the same rules as `sendableContacts`, in one pass of hash joins: about two seconds for a million contacts. */
export async function countAudience(
  source: DataSource | EntityManager,
  context: ActorContext,
  audience: AudienceSelection,
): Promise<AudienceCounts> {
  // An address may be suppressed in two scopes.
  const keys = `SELECT DISTINCT address_key FROM suppressions s WHERE ${inForce('s', '$1::uuid')}`;
  const [, , byPattern] = suppressionsOf({ key: 'contact.email_key', workspaceId: '$1::uuid', isAllowed: IS_ALLOWED });
  const [row] = (await source.query(
    `WITH judged AS (
       SELECT CASE
         WHEN NOT chosen.is_subscribed THEN CASE WHEN chosen.has_left THEN 'unsubscribed' ELSE 'unconfirmed' END
         WHEN excluded.contact_id IS NOT NULL THEN 'excluded'
         WHEN by_address.address_key IS NOT NULL OR (allowed.address_key IS NULL AND by_domain.address_key IS NOT NULL) OR ${byPattern} THEN 'suppressed'
         ELSE 'sendable' END AS verdict
       FROM (${chosenSql(audience.include.lists.length)}) AS chosen
       JOIN contacts contact ON contact.id = chosen.contact_id AND contact.workspace_id = $1::uuid
       LEFT JOIN (SELECT DISTINCT contact_id FROM list_memberships WHERE list_id = ANY($3::uuid[]) AND status = 'subscribed') AS excluded
         ON excluded.contact_id = chosen.contact_id
       ${JOIN_ALLOWED}
       LEFT JOIN (${keys}) AS by_address ON by_address.address_key = contact.email_key
       LEFT JOIN (${keys}) AS by_domain ON by_domain.address_key = '@' || split_part(contact.email_key, '@', -1))
     SELECT count(*)::int AS selected, ${verdicts.map((verdict) => `count(*) FILTER (WHERE verdict = '${verdict}')::int AS ${verdict}`).join(', ')}
     FROM judged`,
    [context.workspaceId, audience.include.lists, audience.exclude.lists],
  )) as AudienceCounts[];
  return row!;
}

const verdicts = ['unsubscribed', 'unconfirmed', 'excluded', 'suppressed', 'sendable'] as const;

/** Contacts on the lists of `$2` with what they said; grouping a million rows is saved where there is only one list. */
function chosenSql(lists: number): string {
  if (lists === 1) {
    return `SELECT contact_id, status = 'subscribed' AS is_subscribed, status = 'unsubscribed' AS has_left
      FROM list_memberships WHERE list_id = ANY($2::uuid[])`;
  }
  return `SELECT contact_id, bool_or(status = 'subscribed') AS is_subscribed, bool_or(status = 'unsubscribed') AS has_left
    FROM list_memberships WHERE list_id = ANY($2::uuid[]) GROUP BY contact_id`;
}
