import type { DataSource } from 'typeorm';
import { type Logger, messageOf } from '#base/kernel';
import type { AddressPolicy, NextHops } from '#net/dns';
import { haproxyHop, socks5Hop } from '#net/proxy-client';
import type { LocalAddresses, ProxyHop, SmtpClientOptions, TlsPeer } from '#net/smtp-client';
import type { SecretBox } from '#platform/secrets';
import type { EgressSourceEntity } from './egress-source.entity.js';
import type { SmarthostSettings } from './egress.schema.js';
import { isLocalAddress } from './local-addresses.js';
import { smarthostSite } from './pool-members.js';
import { openSecret } from './source-secrets.js';
import { sesSmtpPassword } from './ses.js';

/** How mail leaves this machine. */
export interface EgressPath {
  readonly local?: LocalAddresses | undefined;
  readonly via?: ProxyHop | undefined;
  /** Of the addresses that the resolver allows; by default in its order. */
  readonly addressPolicy?: AddressPolicy | undefined;
}

/** What a server that the operator chose is asked for, in place of what the recipient's domain says. */
export type FixedTls = Pick<SmtpClientOptions, 'tls' | 'verifyPeer' | 'ca'>;

export interface Smarthost {
  readonly hops: NextHops;
  readonly tls: FixedTls;
  readonly auth: SmtpClientOptions['auth'];
  /** Header lines before each message; empty for none. */
  readonly header: Buffer;
  readonly limits: Pick<SmarthostSettings, 'connections' | 'ratePerSecond' | 'messagesPerConnection'>;
}

/** A source as a sending process uses it. */
export interface EgressSource {
  readonly id: number;
  readonly name: string;
  readonly revision: number;
  readonly helo: string | null;
  readonly path: EgressPath;
  readonly smarthost: Smarthost | undefined;
}

export interface EgressDirectoryOptions {
  readonly dataSource: DataSource;
  readonly secrets: SecretBox;
  readonly logger: Logger;
  /** Addresses of a smarthost's name; an empty list leaves it to the system. */
  readonly addressesOf?: (hostname: string) => Promise<readonly string[]>;
  readonly canBind?: (address: string) => Promise<boolean>;
}

type SourceRow = Omit<EgressSourceEntity, 'createdAt' | 'updatedAt' | 'note'>;

/** An address may come to the machine, or leave it, without anybody telling us. */
const CHECK_EVERY_MS = 60_000;

/** The sources that this process can send by, kept as they are in the database. */
export class EgressDirectory {
  private readonly known = new Map<number, { readonly source: EgressSource | undefined; readonly revision: number }>();
  private checkedAt = 0;
  private readonly complaints = new Map<number, string>();

  constructor(private readonly options: EgressDirectoryOptions) {}

  /** Sources whose address is on this machine and whose secrets can be read. */
  usableIds(): number[] {
    return [...this.known].flatMap(([id, { source }]) => (source ? [id] : []));
  }

  /** Undefined: nothing can leave by it here. */
  find(id: number): EgressSource | undefined {
    return this.known.get(id)?.source;
  }

  /** Takes in what has changed; costs one small query when nothing has. @returns ids of what changed */
  async refresh(now = Date.now()): Promise<number[]> {
    const rows = (await this.options.dataSource.query(
      `SELECT id, name, state, host(local_v4) AS "localV4", host(local_v6) AS "localV6", helo, address_policy AS "addressPolicy", proxy,
         proxy_secret_sealed AS "proxySecretSealed", smarthost, smarthost_secret_sealed AS "smarthostSecretSealed", revision
       FROM egress_sources WHERE state <> 'removed'`,
    )) as SourceRow[];
    const isCheckDue = now - this.checkedAt >= CHECK_EVERY_MS;
    if (isCheckDue) this.checkedAt = now;
    const changed: number[] = [];
    for (const row of rows) {
      const known = this.known.get(row.id);
      if (known?.revision === row.revision && !isCheckDue) continue;
      const source = await this.open(row);
      if (known?.revision === row.revision && Boolean(known.source) === Boolean(source)) continue;
      this.known.set(row.id, { source, revision: row.revision });
      changed.push(row.id);
    }
    for (const id of [...this.known.keys()].filter((id) => !rows.some((row) => row.id === id))) this.known.delete(id);
    return changed;
  }

  private async open(row: SourceRow): Promise<EgressSource | undefined> {
    try {
      await this.requireAddresses(row);
      const source = toSource(row, this.options.secrets, await this.smarthostAddresses(row.smarthost));
      if (this.complaints.delete(row.id)) this.options.logger.info({ source: row.name }, 'an egress source can be used again');
      return source;
    } catch (error) {
      const reason = messageOf(error);
      if (this.complaints.get(row.id) !== reason)
        this.options.logger.warn({ source: row.name, reason }, 'an egress source cannot be used by this process; its mail waits');
      this.complaints.set(row.id, reason);
      return undefined;
    }
  }

  private async requireAddresses({ localV4, localV6, proxy }: SourceRow): Promise<void> {
    if (proxy) return;
    for (const address of [localV4, localV6])
      if (address !== null && !(await (this.options.canBind ?? isLocalAddress)(address)))
        throw new Error(`${address} is not an address of this machine`);
  }

  private async smarthostAddresses(smarthost: SmarthostSettings | null): Promise<readonly string[]> {
    if (!smarthost) return [];
    // Without an answer the name is looked up by the system while connecting.
    return (await this.options.addressesOf?.(smarthost.host).catch(() => [])) ?? [];
  }
}

function toSource(row: SourceRow, secrets: SecretBox, addresses: readonly string[]): EgressSource {
  const local = { v4: row.localV4 ?? undefined, v6: row.localV6 ?? undefined };
  return {
    id: row.id,
    name: row.name,
    revision: row.revision,
    helo: row.helo,
    path: {
      ...(row.localV4 || row.localV6 ? { local } : {}),
      ...(row.proxy && { via: toHop(row, secrets, local) }),
      ...(row.addressPolicy && { addressPolicy: row.addressPolicy }),
    },
    smarthost: row.smarthost ? toSmarthost(row, row.smarthost, secrets, addresses) : undefined,
  };
}

function toHop({ id, proxy, proxySecretSealed }: SourceRow, secrets: SecretBox, local: LocalAddresses): ProxyHop {
  if (proxy!.kind === 'haproxy') return haproxyHop({ ...proxy!, local });
  return socks5Hop({ ...proxy!, password: openSecret(secrets, id, 'proxy', proxySecretSealed) });
}

function toSmarthost(
  { id, smarthostSecretSealed }: SourceRow,
  settings: SmarthostSettings,
  secrets: SecretBox,
  addresses: readonly string[],
): Smarthost {
  const { host, port, username, mechanisms, kind, region, headers, connections, ratePerSecond, messagesPerConnection } = settings;
  const secret = openSecret(secrets, id, 'smarthost', smarthostSecretSealed) ?? '';
  return {
    hops: { ...smarthostSite(settings), hosts: [{ hostname: host, addresses, port }] },
    tls: tlsOf(settings),
    auth:
      username === undefined
        ? undefined
        : { username, password: kind === 'ses' ? sesSmtpPassword(secret, region!) : secret, ...(mechanisms && { mechanisms }) },
    header: Buffer.from(
      Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join(''),
    ),
    limits: { connections, ratePerSecond, messagesPerConnection },
  };
}

function tlsOf({ security, ca }: SmarthostSettings): FixedTls {
  if (security === 'none') return { tls: 'never' };
  if (security === 'opportunistic') return { tls: 'opportunistic' };
  return { tls: security === 'implicit' ? 'implicit' : 'required', verifyPeer: requireName, ...(ca !== undefined && { ca }) };
}

function requireName({ hostname, isTrusted, untrustedBecause }: TlsPeer) {
  return isTrusted
    ? undefined
    : { type: 'certificate-not-trusted', reason: `the certificate of ${hostname} cannot be trusted (${untrustedBecause ?? 'unknown'})` };
}
