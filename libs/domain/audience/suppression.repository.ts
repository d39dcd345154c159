import { domainToASCII } from 'node:url';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { ActorContext, RowId } from '#base/kernel';
import { addressKey, tryParseAddress } from '#protocol/mime';
import { audienceError } from './audience.errors.js';
import type { SuppressionReason } from './suppression.entity.js';

export interface NewSuppression {
  /** An address, or `@domain` for everyone there. */
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly detail?: string;
  readonly deliveryId?: RowId | null;
}

export interface Suppression {
  readonly id: string;
  /** The key: an address in lower case, or `@domain`. */
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly detail: string;
  readonly deliveryId: RowId | null;
  readonly createdAt: Date;
}

export interface SuppressionPage {
  readonly suppressions: readonly Suppression[];
  /** For the next page; null at the end. */
  readonly nextCursor: string | null;
}

export interface SuppressionImport {
  readonly added: number;
  /** Suppressed before. */
  readonly existing: number;
  /** At most the first 1,000 lines that are neither an address nor a domain. */
  readonly rejected: readonly { readonly line: number; readonly text: string }[];
  readonly rejectedTotal: number;
}

const BATCH = 5_000;
const SHOWN_REJECTIONS = 1_000;
const columns = `id, address_key AS address, reason, detail, delivery_id AS "deliveryId", created_at AS "createdAt"`;

@Injectable()
export class SuppressionRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Suppresses in the caller's transaction. A complaint replaces what was known before; otherwise the first reason stays.
   * @returns whether it is new
   * @throws ChaparError `suppression_invalid`
   */
  async add(manager: EntityManager, context: ActorContext, input: NewSuppression): Promise<boolean> {
    const rows = (await manager.query(
      `INSERT INTO suppressions AS known (workspace_id, address_key, reason, detail, delivery_id) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (workspace_id, address_key) DO UPDATE SET reason = excluded.reason, detail = excluded.detail, delivery_id = excluded.delivery_id
       WHERE excluded.reason = 'complaint' AND known.reason <> 'complaint'
       RETURNING xmax = 0 AS is_new`,
      [context.workspaceId, suppressionKey(input.address), input.reason, (input.detail ?? '').slice(0, 2_000), input.deliveryId ?? null],
    )) as { is_new: boolean }[];
    return rows[0]?.is_new ?? false;
  }

  /** @returns whether it was there @throws ChaparError `suppression_invalid` */
  async remove(context: ActorContext, address: string): Promise<boolean> {
    const [, removed] = (await this.dataSource.query('DELETE FROM suppressions WHERE workspace_id = $1 AND address_key = $2', [
      context.workspaceId,
      suppressionKey(address),
    ])) as [unknown, number];
    return removed > 0;
  }

  /** What keeps mail from an address, if anything does: the suppression of the address itself before that of its domain. */
  async find(context: ActorContext, address: string, manager: EntityManager = this.dataSource.manager): Promise<Suppression | undefined> {
    const key = suppressionKey(address);
    const [row] = (await manager.query(
      `SELECT ${columns} FROM suppressions WHERE workspace_id = $1 AND address_key = ANY($2::text[]) ORDER BY address_key LIKE '@%' LIMIT 1`,
      [context.workspaceId, [key, key.slice(key.lastIndexOf('@'))]],
    )) as Suppression[];
    return row;
  }

  /** The newest first. */
  async list(
    context: ActorContext,
    query: { search?: string; reason?: SuppressionReason; cursor?: string; limit?: number } = {},
  ): Promise<SuppressionPage> {
    const limit = Math.min(Math.max(query.limit ?? 50, 1), 500);
    const rows = (await this.dataSource.query(
      `SELECT ${columns} FROM suppressions WHERE workspace_id = $1 AND ($2::bigint IS NULL OR id < $2) AND ($3::text IS NULL OR reason = $3)
         AND ($4::text IS NULL OR strpos(address_key, lower($4)) > 0) ORDER BY id DESC LIMIT $5`,
      [context.workspaceId, cursorOf(query.cursor), query.reason ?? null, query.search?.trim() || null, limit + 1],
    )) as Suppression[];
    const suppressions = rows.slice(0, limit);
    return { suppressions, nextCursor: rows.length > limit ? suppressions.at(-1)!.id : null };
  }

  /** Suppresses many, from lines of text (of which the first cell counts); each batch is committed on its own, so running again is harmless. */
  async import(
    context: ActorContext,
    lines: AsyncIterable<string> | Iterable<string>,
    reason: SuppressionReason = 'manual',
  ): Promise<SuppressionImport> {
    const rejected: { line: number; text: string }[] = [];
    let [line, rejectedTotal, added, good] = [0, 0, 0, 0];
    let batch = new Set<string>();
    const flush = async () => {
      if (batch.size > 0) added += await this.addBatch(context, [...batch], reason);
      batch = new Set();
    };
    for await (const text of lines) {
      line++;
      const address = text
        .replace(/^\ufeff/, '')
        .split(/[,;\t]/)[0]!
        .trim()
        .replace(/^"(.*)"$/, '$1');
      if (address === '' || (line === 1 && !address.includes('@'))) continue;
      const key = findSuppressionKey(address);
      if (key === undefined) {
        rejectedTotal++;
        if (rejected.length < SHOWN_REJECTIONS) rejected.push({ line, text: text.slice(0, 200) });
        continue;
      }
      good++;
      batch.add(key);
      if (batch.size >= BATCH) await flush();
    }
    await flush();
    return { added, existing: good - added, rejected, rejectedTotal };
  }

  private async addBatch(context: ActorContext, keys: readonly string[], reason: SuppressionReason): Promise<number> {
    const rows = (await this.dataSource.query(
      `INSERT INTO suppressions (workspace_id, address_key, reason) SELECT $1, key, $3 FROM unnest($2::text[]) AS key ORDER BY key
       ON CONFLICT DO NOTHING RETURNING 1`,
      [context.workspaceId, keys, reason],
    )) as unknown[];
    return rows.length;
  }
}

/** `addressKey` of an address, or `@domain` with the domain in A-labels. @throws ChaparError `suppression_invalid` */
export function suppressionKey(address: string): string {
  const key = findSuppressionKey(address);
  if (key === undefined) {
    throw audienceError(
      'suppression_invalid',
      `"${address.slice(0, 100).replace(/[\p{Cc}\p{Cf}]/gu, '�')}" is neither an e-mail address nor "@domain".`,
    );
  }
  return key;
}

function findSuppressionKey(address: string): string | undefined {
  const text = address.trim();
  if (!text.startsWith('@')) {
    const parsed = tryParseAddress(text);
    return parsed.ok ? addressKey(parsed.value) : undefined;
  }
  const domain = tryParseAddress(`everyone@${domainToASCII(text.slice(1))}`);
  return domain.ok ? `@${domain.value.domain}` : undefined;
}

function cursorOf(cursor: string | undefined): string | null {
  return cursor !== undefined && /^\d{1,18}$/.test(cursor) ? cursor : null;
}
