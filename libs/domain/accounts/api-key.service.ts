import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { type ActorContext, uuidv7 } from '#base/kernel';
import { accountsError } from './accounts.errors.js';
import { ApiKeyEntity, type ApiKeyScope } from './api-key.entity.js';

export interface AuthenticatedKey {
  readonly context: ActorContext;
  readonly scope: ApiKeyScope;
  /** When set, the key may send only from this domain. */
  readonly domain: string | null;
}

/** Keys look like `ck_live_<8 public>_<32 secret>`; the secret is shown once and kept only as a hash. */
export class ApiKeyService {
  constructor(private readonly dataSource: DataSource) {}

  async create(context: ActorContext, input: { name: string; scope: ApiKeyScope; domain?: string }): Promise<{ id: string; key: string }> {
    const id = uuidv7();
    const prefix = `ck_live_${randomBytes(6).toString('base64url').replace(/[-_]/g, 'x')}`;
    const secret = randomBytes(24).toString('base64url').replace(/[-_]/g, 'x');
    await this.dataSource.getRepository(ApiKeyEntity).insert({
      id,
      workspaceId: context.workspaceId,
      name: input.name,
      prefix,
      secretHash: hashOf(secret),
      scope: input.scope,
      domain: input.domain ?? null,
    });
    return { id, key: `${prefix}_${secret}` };
  }

  /** @throws ChaparError `api_key_invalid`, the same for a wrong, unknown or revoked key */
  async authenticate(key: string): Promise<AuthenticatedKey> {
    const match = /^(ck_live_[A-Za-z0-9]{8})_([A-Za-z0-9]{32})$/.exec(key);
    const row = match ? await this.dataSource.getRepository(ApiKeyEntity).findOneBy({ prefix: match[1]! }) : null;
    if (!match || row === null || row.revokedAt !== null || !timingSafeEqual(hashOf(match[2]!), row.secretHash)) {
      throw accountsError('api_key_invalid', 'This API key is not valid.', {
        suggestion: 'Create one with `npx chapar api-key create --name NAME --scope full`.',
      });
    }
    // To the minute: a busy key must not write a row per request.
    await this.dataSource.query(
      `UPDATE api_keys SET last_used_at = now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
      [row.id],
    );
    return { context: { workspaceId: row.workspaceId, actor: { kind: 'api-key', id: row.id } }, scope: row.scope, domain: row.domain };
  }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
