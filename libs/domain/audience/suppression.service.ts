import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { audienceError } from './audience.errors.js';
import { findSuppressionKey, suppressionKey } from './suppression-key.js';
import { inForce, nearestSuppression, scopesOf } from './suppression-sql.js';
import type { SuppressionScope } from './suppression.entity.js';
import type {
  MailStream,
  NewSuppression,
  Suppression,
  SuppressionOverride,
  SuppressionPage,
  SuppressionQuery,
  SuppressionsAdded,
} from './suppression.types.js';

const columns = `s.id, s.address_key AS address, s.reason, s.scope, s.detail, s.source, s.delivery_id AS "deliveryId", s.event_id AS "eventId",
  s.created_by AS "createdBy", s.created_at AS "createdAt", s.expires_at AS "expiresAt"`;

/** Every pattern is tried on every address of an audience, so there is room for a few. */
export const MAX_PATTERNS = 100;

/** Whom a workspace does not write to. The one place that adds, removes and asks; freezing and sending ask in their own SQL. */
@Injectable()
export class SuppressionService {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Suppresses. A complaint replaces what was known before, a later end or none replaces an earlier one; otherwise the
   * first reason stays.
   * @returns whether it is new in that scope
   * @throws ChaparError `suppression_invalid`, `suppression_limit`
   */
  async add(context: ActorContext, input: NewSuppression, manager?: EntityManager): Promise<boolean> {
    return (await this.addMany(context, [input], manager)).added === 1;
  }

  /** The same for many at once, all or none. @throws ChaparError `suppression_invalid`, `suppression_limit` */
  async addMany(
    context: ActorContext,
    inputs: readonly NewSuppression[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<SuppressionsAdded> {
    const rows = new Map<string, object>();
    for (const input of inputs) {
      const { key, likePattern } = suppressionKey(input.address);
      const scope = input.scope ?? (input.reason === 'unsubscribe' ? 'marketing' : 'all');
      const row = {
        key,
        likePattern,
        scope,
        reason: input.reason,
        detail: (input.detail ?? '').slice(0, 2_000),
        source: input.source ?? '',
      };
      const origin = { delivery_id: input.deliveryId ?? null, event_id: input.eventId ?? null, expires_at: input.expiresAt?.toISOString() };
      if (!rows.has(`${scope} ${key}`)) rows.set(`${scope} ${key}`, { ...row, ...origin });
    }
    if (rows.size === 0) return { added: 0, existing: 0 };
    if ([...rows.values()].some((row) => (row as { likePattern: unknown }).likePattern !== null))
      await this.limitPatterns(manager, context);
    // In the order of the key, so that two who suppress the same addresses wait for each other instead of deadlocking.
    const changed = (await manager.query(
      `INSERT INTO suppressions AS known (workspace_id, address_key, like_pattern, scope, reason, detail, source, delivery_id, event_id, expires_at, created_by)
       SELECT $1, n.key, n."likePattern", n.scope, n.reason, n.detail, n.source, n.delivery_id, n.event_id, n.expires_at, $3
       FROM jsonb_to_recordset($2::jsonb) AS n (key text, "likePattern" text, scope text, reason text, detail text, source text,
         delivery_id bigint, event_id bigint, expires_at timestamptz)
       ORDER BY n.key, n.scope
       ON CONFLICT (workspace_id, address_key, scope) DO UPDATE SET reason = excluded.reason, detail = excluded.detail, source = excluded.source,
         delivery_id = excluded.delivery_id, event_id = excluded.event_id, created_by = excluded.created_by, expires_at = excluded.expires_at
       WHERE (excluded.reason = 'complaint' AND known.reason <> 'complaint')
         OR (known.expires_at IS NOT NULL AND (excluded.expires_at IS NULL OR excluded.expires_at > known.expires_at))
       RETURNING xmax = 0 AS is_new`,
      [context.workspaceId, JSON.stringify([...rows.values()]), creatorOf(context)],
    )) as { is_new: boolean }[];
    const added = changed.filter(({ is_new }) => is_new).length;
    return { added, existing: rows.size - added };
  }

  private async limitPatterns(manager: EntityManager, context: ActorContext): Promise<void> {
    const [row] = (await manager.query(
      'SELECT count(*)::int AS patterns FROM suppressions WHERE workspace_id = $1 AND like_pattern IS NOT NULL',
      [context.workspaceId],
    )) as { patterns: number }[];
    if (row!.patterns >= MAX_PATTERNS)
      throw audienceError('suppression_limit', `There are ${MAX_PATTERNS} patterns already. Remove one, or suppress the domain.`);
  }

  /** Lifts what is known under exactly this key, in one scope or in both. @returns how many @throws ChaparError `suppression_invalid` */
  async remove(context: ActorContext, address: string, scope?: SuppressionScope): Promise<number> {
    return this.removeMany(context, [address], scope);
  }

  async removeMany(context: ActorContext, addresses: readonly string[], scope?: SuppressionScope): Promise<number> {
    const [, removed] = (await this.dataSource.query(
      'DELETE FROM suppressions WHERE workspace_id = $1 AND address_key = ANY($2::text[]) AND ($3::text IS NULL OR scope = $3)',
      [context.workspaceId, addresses.map((address) => suppressionKey(address).key), scope ?? null],
    )) as [unknown, number];
    return removed;
  }

  /** What is known under exactly this key; the wider scope first. @throws ChaparError `suppression_invalid` */
  async get(context: ActorContext, address: string): Promise<Suppression[]> {
    return (await this.dataSource.query(
      `SELECT ${columns} FROM suppressions s WHERE s.workspace_id = $1 AND s.address_key = $2 ORDER BY s.scope`,
      [context.workspaceId, suppressionKey(address).key],
    )) as Suppression[];
  }

  /** What keeps mail of a stream from an address, if anything does. */
  async find(context: ActorContext, address: string, stream: MailStream = 'marketing'): Promise<Suppression | undefined> {
    return (await this.check(context, [address], stream)).get(address);
  }

  /**
   * Which of the addresses must not be written to, and why: by the address itself before its domain before a pattern.
   * For the moment of taking mail in; what cannot be read as an address is in no answer.
   */
  async check(
    context: ActorContext,
    addresses: readonly string[],
    stream: MailStream,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<Map<string, Suppression>> {
    const keys = addresses.map((address) => findSuppressionKey(address)?.key ?? null);
    const rows = (await manager.query(
      `SELECT asked.place, found.* FROM unnest($2::text[]) WITH ORDINALITY AS asked (key, place)
       LEFT JOIN suppression_overrides o ON ${inForce('o', '$1')} AND o.address_key = asked.key
       CROSS JOIN LATERAL (
         ${nearestSuppression(columns, { key: 'asked.key', workspaceId: '$1', isAllowed: '(o.address_key IS NOT NULL)', scope: '= ANY($3::text[])' })}) AS found`,
      [context.workspaceId, keys, scopesOf(stream)],
    )) as (Suppression & { place: string })[];
    return new Map(rows.map(({ place, ...found }) => [addresses[Number(place) - 1]!, found]));
  }

  /** The newest first. */
  async list(context: ActorContext, query: SuppressionQuery = {}): Promise<SuppressionPage> {
    const limit = Math.min(Math.max(query.limit ?? 50, 1), 500);
    const rows = (await this.dataSource.query(
      `SELECT ${columns} FROM suppressions s WHERE s.workspace_id = $1 AND ($2::bigint IS NULL OR s.id < $2) AND ($3::text IS NULL OR s.reason = $3)
         AND ($4::text IS NULL OR strpos(s.address_key, lower($4)) > 0) AND ($5::text IS NULL OR s.scope = $5) ORDER BY s.id DESC LIMIT $6`,
      [context.workspaceId, cursorOf(query.cursor), query.reason ?? null, query.search?.trim() || null, query.scope ?? null, limit + 1],
    )) as Suppression[];
    const suppressions = rows.slice(0, limit);
    return { suppressions, nextCursor: rows.length > limit ? suppressions.at(-1)!.id : null };
  }

  /**
   * Lets an address have mail although its domain or a pattern is suppressed, and whatever bounces: what a bounce, a
   * person or a rule suppressed is lifted now, and bounces suppress it no more. Complaints and unsubscriptions stay.
   * @throws ChaparError `suppression_invalid`
   */
  async allow(context: ActorContext, address: string, options: { note?: string; expiresAt?: Date | null } = {}): Promise<void> {
    const { key, likePattern } = suppressionKey(address);
    if (likePattern !== null || key.startsWith('@'))
      throw audienceError('suppression_invalid', 'Only a whole address can be let have mail; remove the domain or the pattern instead.');
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO suppression_overrides (workspace_id, address_key, note, created_by, expires_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (workspace_id, address_key) DO UPDATE SET note = excluded.note, created_by = excluded.created_by, expires_at = excluded.expires_at`,
        [context.workspaceId, key, (options.note ?? '').slice(0, 2_000), creatorOf(context), options.expiresAt ?? null],
      );
      await manager.query(
        `DELETE FROM suppressions WHERE workspace_id = $1 AND address_key = $2 AND reason NOT IN ('complaint', 'unsubscribe')`,
        [context.workspaceId, key],
      );
    });
  }

  /** @returns whether it was allowed */
  async disallow(context: ActorContext, address: string): Promise<boolean> {
    const [, removed] = (await this.dataSource.query('DELETE FROM suppression_overrides WHERE workspace_id = $1 AND address_key = $2', [
      context.workspaceId,
      suppressionKey(address).key,
    ])) as [unknown, number];
    return removed > 0;
  }

  async listAllowed(context: ActorContext): Promise<SuppressionOverride[]> {
    return (await this.dataSource.query(
      `SELECT address_key AS address, note, created_by AS "createdBy", created_at AS "createdAt", expires_at AS "expiresAt"
       FROM suppression_overrides WHERE workspace_id = $1 ORDER BY created_at DESC LIMIT 1000`,
      [context.workspaceId],
    )) as SuppressionOverride[];
  }
}

function creatorOf({ actor }: ActorContext): string {
  return `${actor.kind} ${actor.id}`.slice(0, 200);
}

function cursorOf(cursor: string | undefined): string | null {
  return cursor !== undefined && /^\d{1,18}$/.test(cursor) ? cursor : null;
}
