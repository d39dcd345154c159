import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { type DataSource, IsNull } from 'typeorm';
import { type ActorContext, uuidv7 } from '#base/kernel';
import { accountsError } from './accounts.errors.js';
import { ApiKeyEntity, type ApiKeyScope } from './api-key.entity.js';

export interface AuthenticatedKey {
  readonly id: string;
  readonly context: ActorContext;
  readonly scope: ApiKeyScope;
  /** When set, the key may send only from this domain. */
  readonly domain: string | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scope: ApiKeyScope;
  readonly domain?: string;
  readonly expiresAt?: Date;
  /** Addresses and networks in CIDR notation. */
  readonly allowedNetworks?: readonly string[];
}

export interface ApiKeyView {
  readonly id: string;
  readonly name: string;
  /** The public half. */
  readonly prefix: string;
  readonly scope: ApiKeyScope;
  readonly domain: string | null;
  readonly allowedNetworks: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
}

interface KnownKey {
  readonly row: ApiKeyEntity | null;
  readonly networks: BlockList | undefined;
  readonly until: number;
}

/** A revoked key is refused everywhere after this time. */
const REMEMBER_MS = 5_000;
const MAX_KNOWN = 10_000;
/** A busy key must not write a row per request. */
const USE_NOTED_MS = 60_000;

/** Keys look like `ck_live_<8 public>_<32 secret>`; the secret is shown once and kept only as a hash. */
export class ApiKeyService {
  private readonly known = new Map<string, KnownKey>();
  private readonly usedAt = new Map<string, number>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly rememberMs = REMEMBER_MS,
  ) {}

  /** @throws ChaparError `api_key_networks_invalid` */
  async create(context: ActorContext, input: NewApiKey): Promise<{ id: string; key: string }> {
    const { name, scope, domain = null, expiresAt = null, allowedNetworks = [] } = input;
    networksOf(allowedNetworks);
    const id = uuidv7();
    const prefix = `ck_live_${randomBytes(6).toString('base64url').replace(/[-_]/g, 'x')}`;
    const secret = randomBytes(24).toString('base64url').replace(/[-_]/g, 'x');
    await this.dataSource.getRepository(ApiKeyEntity).insert({
      id,
      workspaceId: context.workspaceId,
      name,
      prefix,
      secretHash: hashOf(secret),
      scope,
      domain,
      expiresAt,
      allowedNetworks: [...allowedNetworks],
    });
    return { id, key: `${prefix}_${secret}` };
  }

  /** Those in force, the newest first. */
  async list(context: ActorContext): Promise<ApiKeyView[]> {
    const rows = await this.dataSource
      .getRepository(ApiKeyEntity)
      .find({ where: { workspaceId: context.workspaceId, revokedAt: IsNull() }, order: { id: 'DESC' } });
    return rows.map(({ id, name, prefix, scope, domain, allowedNetworks, createdAt, lastUsedAt, expiresAt }) => ({
      id,
      name,
      prefix,
      scope,
      domain,
      allowedNetworks,
      createdAt,
      lastUsedAt,
      expiresAt,
    }));
  }

  /** @throws ChaparError `api_key_not_found` */
  async revoke(context: ActorContext, id: string): Promise<void> {
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const { affected } = isUuid
      ? await this.dataSource
          .getRepository(ApiKeyEntity)
          .update({ id, workspaceId: context.workspaceId, revokedAt: IsNull() }, { revokedAt: new Date() })
      : { affected: 0 };
    if (!affected) throw accountsError('api_key_not_found', `This workspace has no API key ${id.slice(0, 60)}.`);
    this.known.clear();
  }

  /**
   * @param ip whom the request comes from; keys bound to networks are refused without it
   * @throws ChaparError `api_key_invalid`, the same for a wrong, unknown, expired or revoked key; `api_key_network_refused`
   */
  async authenticate(key: string, ip?: string): Promise<AuthenticatedKey> {
    // SendGrid's client wants keys to start with SG. and passes them on whole.
    const match = /^(?:SG\.)?(ck_live_[A-Za-z0-9]{8})_([A-Za-z0-9]{32})$/.exec(key);
    const known = match ? await this.find(match[1]!) : undefined;
    const row = known?.row ?? null;
    const isOver = row !== null && (row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt.getTime() <= Date.now()));
    if (!match || row === null || isOver || !timingSafeEqual(hashOf(match[2]!), row.secretHash)) {
      throw accountsError('api_key_invalid', 'This API key is not valid.', {
        suggestion: 'Create one with `npx chapar api-key create --name NAME --scope full`.',
      });
    }
    if (known!.networks && !isWithin(known!.networks, ip))
      throw accountsError('api_key_network_refused', `This API key may not be used from ${ip ?? 'here'}.`);
    await this.noteUse(row.id);
    return {
      id: row.id,
      context: { workspaceId: row.workspaceId, actor: { kind: 'api-key', id: row.id } },
      scope: row.scope,
      domain: row.domain,
    };
  }

  private async find(prefix: string): Promise<KnownKey> {
    const now = Date.now();
    const known = this.known.get(prefix);
    if (known && known.until > now) return known;
    const row = await this.dataSource.getRepository(ApiKeyEntity).findOneBy({ prefix });
    const found = {
      row,
      networks: row && row.allowedNetworks.length > 0 ? networksOf(row.allowedNetworks) : undefined,
      until: now + this.rememberMs,
    };
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(prefix, found);
    return found;
  }

  private async noteUse(id: string): Promise<void> {
    const now = Date.now();
    if (now - (this.usedAt.get(id) ?? 0) < USE_NOTED_MS) return;
    if (this.usedAt.size >= MAX_KNOWN) this.usedAt.clear();
    this.usedAt.set(id, now);
    await this.dataSource.query(
      `UPDATE api_keys SET last_used_at = now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
      [id],
    );
  }
}

function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const version = isIP(address);
    const length = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits);
    if (version === 0 || !/^\d{1,3}$/.test(bits ?? '0') || length > (version === 6 ? 128 : 32))
      throw accountsError('api_key_networks_invalid', `"${network.slice(0, 60)}" is neither an address nor a network like 192.0.2.0/24.`);
    list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function isWithin(networks: BlockList, ip: string | undefined): boolean {
  const address = ip?.replace(/^::ffff:(?=\d+\.)/i, '') ?? '';
  const version = isIP(address);
  return version !== 0 && networks.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
