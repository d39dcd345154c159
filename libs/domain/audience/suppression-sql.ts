import type { MailStream } from './suppression.types.js';

/** Which scopes stop a stream of mail. */
export function scopesOf(stream: MailStream): readonly string[] {
  return stream === 'marketing' ? ['all', 'marketing'] : ['all'];
}

/** SQL pieces that say which address is meant. */
export interface SuppressedAddressSql {
  /** The address in lower case. */
  readonly key: string;
  readonly workspaceId: string;
  /** Whether an override lets it have mail against its domain and patterns; what suppressed the address itself went with the override. */
  readonly isAllowed: string;
  /** A condition on `suppressed.scope`; every scope, unless given. */
  readonly scope?: string;
}

/** The suppressions of a workspace that hold now. */
export function inForce(alias: string, workspaceId: string): string {
  return `${alias}.workspace_id = ${workspaceId} AND (${alias}.expires_at IS NULL OR ${alias}.expires_at > now())`;
}

/**
 * Conditions of which one holds when an address must not be written to: by itself, by its domain, by a pattern. The first
 * two are subqueries of their own, because only so are they anti-joins, which the planner can hash; the patterns are few
 * and read once.
 */
export function suppressionsOf(sql: SuppressedAddressSql): [byAddress: string, byDomain: string, byPattern: string] {
  const { key, workspaceId, isAllowed } = sql;
  const where = `${inForce('suppressed', workspaceId)}${sql.scope ? ` AND suppressed.scope ${sql.scope}` : ''}`;
  const suppressed = (whom: string) => `EXISTS (SELECT FROM suppressions suppressed WHERE ${where} AND suppressed.address_key = ${whom})`;
  return [
    suppressed(key),
    // A key that is null equals nothing.
    suppressed(`CASE WHEN NOT ${isAllowed} THEN '@' || split_part(${key}, '@', -1) END`),
    `(NOT ${isAllowed} AND ${key} LIKE ANY (ARRAY(SELECT suppressed.like_pattern FROM suppressions suppressed
       WHERE ${where} AND suppressed.like_pattern IS NOT NULL)))`,
  ];
}

/** Whether an override lets the address have mail. */
export function allowedSql(key: string, workspaceId: string): string {
  return `EXISTS (SELECT FROM suppression_overrides allowed WHERE ${inForce('allowed', workspaceId)} AND allowed.address_key = ${key})`;
}

/**
 * A row of the nearest suppression, if there is one: of the address itself before its domain before a pattern.
 * @param columns of `s`
 */
export function nearestSuppression(columns: string, sql: SuppressedAddressSql): string {
  const { key, workspaceId, isAllowed } = sql;
  const where = `${inForce('s', workspaceId)}${sql.scope ? ` AND s.scope ${sql.scope}` : ''}`;
  // Two branches, so that the first is read by the index of keys and the second by that of patterns.
  return `SELECT ${columns} FROM (
      SELECT 1 + (address_key LIKE '@%')::int AS distance, s.* FROM suppressions s
      WHERE ${where} AND s.address_key IN (${key}, CASE WHEN NOT ${isAllowed} THEN '@' || split_part(${key}, '@', -1) END)
      UNION ALL
      SELECT 3, s.* FROM suppressions s WHERE ${where} AND s.like_pattern IS NOT NULL AND NOT ${isAllowed} AND ${key} LIKE s.like_pattern
    ) AS s ORDER BY s.distance, s.scope LIMIT 1`;
}
