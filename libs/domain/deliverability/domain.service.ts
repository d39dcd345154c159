import { domainToASCII } from 'node:url';
import { type DataSource, type EntityManager, In, MoreThan } from 'typeorm';
import { type ActorContext, uuidv7 } from '#base/kernel';
import { deliverabilityError } from './deliverability.errors.js';
import { createDkimKeys, type SecretSealer } from './dkim-keys.js';
import { DkimKeyEntity, DomainEntity, type DomainStatus } from './domain.entity.js';

/** The sending domain that is verified from the start and reaches only the simulator. */
export const SANDBOX_DOMAIN = 'sandbox.chapar.test';

export interface DnsRecord {
  readonly purpose: 'dkim' | 'spf' | 'return-path' | 'dmarc';
  readonly required: boolean;
  readonly type: 'TXT' | 'MX';
  readonly name: string;
  readonly value: string;
  /** `add` what is not used yet, `keep` what is, `remove` what is not needed any more. Until a domain is verified everything is to be added. */
  readonly action: 'add' | 'keep' | 'remove';
  /** Why, where it does not go without saying. */
  readonly note?: string;
}

/** How long a record is listed for removal. */
const REMOVED_SHOWN_MS = 60 * 24 * 3600_000;

/** Looks TXT and MX records up; an absent name is an empty array. */
export interface RecordLookup {
  resolveTxt(name: string): Promise<readonly (readonly string[])[]>;
  resolveMx(name: string): Promise<readonly { exchange: string; priority: number }[]>;
}

export interface RecordCheck extends DnsRecord {
  readonly found: readonly string[];
  readonly isMet: boolean;
}

export class DomainService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealer: Pick<SecretSealer, 'seal'>,
    private readonly hostname: string,
  ) {}

  /** @throws ChaparError `domain_invalid`, `domain_exists` */
  async add(context: ActorContext, name: string): Promise<DomainEntity> {
    const ascii = domainToASCII(name.trim().replace(/\.$/, '')).toLowerCase();
    if (!/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(ascii)) {
      throw deliverabilityError('domain_invalid', `"${name}" is not a domain name such as example.org.`);
    }
    return this.dataSource.transaction((manager) => this.insert(manager, context, { name: ascii, status: 'pending', isSandbox: false }));
  }

  /** Puts the sandbox domain into a new workspace. */
  addSandbox(manager: EntityManager, context: ActorContext): Promise<DomainEntity> {
    return this.insert(manager, context, { name: SANDBOX_DOMAIN, status: 'verified', isSandbox: true });
  }

  list(context: ActorContext): Promise<DomainEntity[]> {
    return this.dataSource.getRepository(DomainEntity).find({ where: { workspaceId: context.workspaceId }, order: { name: 'ASC' } });
  }

  /** @throws ChaparError `domain_not_found` */
  async getByName(context: ActorContext, name: string): Promise<DomainEntity> {
    const domain = await this.dataSource
      .getRepository(DomainEntity)
      .findOneBy({ workspaceId: context.workspaceId, name: name.toLowerCase() });
    if (domain === null) throw deliverabilityError('domain_not_found', `This workspace has no sending domain ${name}.`);
    return domain;
  }

  /** By id. @throws ChaparError `domain_not_found` */
  async get(context: ActorContext, id: string): Promise<DomainEntity> {
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const domain = isUuid ? await this.dataSource.getRepository(DomainEntity).findOneBy({ workspaceId: context.workspaceId, id }) : null;
    if (domain === null) throw deliverabilityError('domain_not_found', `This workspace has no sending domain ${id.slice(0, 60)}.`);
    return domain;
  }

  /** What to publish in DNS for a domain, required records first. */
  async records(context: ActorContext, name: string): Promise<DnsRecord[]> {
    const domain = await this.getByName(context, name);
    const keys = await this.dataSource.getRepository(DkimKeyEntity).find({
      where: [
        { domainId: domain.id, state: In(['active', 'next', 'retiring']) },
        { domainId: domain.id, state: 'removed', changedAt: MoreThan(new Date(Date.now() - REMOVED_SHOWN_MS)) },
      ],
      order: { algorithm: 'DESC', createdAt: 'DESC' },
    });
    const action = domain.status === 'verified' ? 'keep' : 'add';
    return [
      ...keys.map((key) => dkimRecord(key, domain.name, action)),
      { purpose: 'return-path', required: true, type: 'MX', name: domain.returnPathHost, value: `10 ${this.hostname}`, action },
      { purpose: 'spf', required: true, type: 'TXT', name: domain.returnPathHost, value: `v=spf1 a:${this.hostname} -all`, action },
      {
        purpose: 'dmarc',
        required: false,
        action,
        type: 'TXT',
        name: `_dmarc.${domain.name}`,
        value: `v=DMARC1; p=none; rua=mailto:dmarc@${domain.returnPathHost}`,
      },
    ];
  }

  /** Compares DNS with what is asked for and remembers the verdict; a domain is verified when all required records are met. */
  async verify(context: ActorContext, name: string, dns: RecordLookup): Promise<{ status: DomainStatus; records: RecordCheck[] }> {
    const domain = await this.getByName(context, name);
    const wanted = (await this.records(context, name)).filter((record) => record.action !== 'remove');
    const checks = await Promise.all(wanted.map((record) => check(record, dns)));
    const isVerified = domain.isSandbox || checks.every((record) => record.isMet || !record.required);
    const status: DomainStatus = isVerified ? 'verified' : 'pending';
    await this.dataSource
      .getRepository(DomainEntity)
      .update({ id: domain.id }, { status, verifiedAt: isVerified ? (domain.verifiedAt ?? new Date()) : null });
    return { status, records: checks };
  }

  private async insert(
    manager: EntityManager,
    context: ActorContext,
    input: Pick<DomainEntity, 'name' | 'status' | 'isSandbox'>,
  ): Promise<DomainEntity> {
    const repository = manager.getRepository(DomainEntity);
    const { workspaceId } = context;
    if (await repository.existsBy({ workspaceId, name: input.name }))
      throw deliverabilityError('domain_exists', `${input.name} is a sending domain already.`);
    const id = uuidv7();
    await repository.insert({
      ...input,
      id,
      workspaceId,
      returnPathHost: `bounces.${input.name}`,
      verifiedAt: input.status === 'verified' ? new Date() : null,
    });
    await createDkimKeys(manager, context, id, this.sealer);
    return repository.findOneByOrFail({ id });
  }
}

/** Large providers ask for RSA; Ed25519 is a second signature for those who know it. */
function dkimRecord(key: DkimKeyEntity, domain: string, usual: 'add' | 'keep'): DnsRecord {
  return {
    purpose: 'dkim',
    required: key.state === 'active' && key.algorithm === 'rsa-sha256',
    type: 'TXT',
    name: `${key.selector}._domainkey.${domain}`,
    value: `v=DKIM1; k=${key.algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519'}; p=${key.publicKey}`,
    ...roleOf(key, usual),
  };
}

function roleOf({ state, retiresAt }: DkimKeyEntity, usual: 'add' | 'keep'): Pick<DnsRecord, 'action' | 'note'> {
  switch (state) {
    case 'next':
      return { action: 'add', note: 'the next key: it signs once this record is seen' };
    case 'retiring':
      return { action: 'keep', note: `replaced; mail on its way needs it until ${retiresAt!.toISOString().slice(0, 10)}` };
    case 'removed':
      return { action: 'remove', note: 'replaced, and not needed any more' };
    default:
      return { action: usual };
  }
}

async function check(record: DnsRecord, dns: RecordLookup): Promise<RecordCheck> {
  if (record.type === 'MX') {
    const found = (await dns.resolveMx(record.name)).map((mx) => `${mx.priority} ${mx.exchange.toLowerCase()}`);
    const wanted = record.value.split(' ')[1]!.toLowerCase();
    return { ...record, found, isMet: found.some((mx) => mx.split(' ')[1] === wanted) };
  }
  const found = (await dns.resolveTxt(record.name)).map((strings) => strings.join(''));
  return { ...record, found, isMet: found.some((text) => satisfies(record, text)) };
}

function satisfies(record: DnsRecord, text: string): boolean {
  const compact = (value: string) => value.replace(/\s+/g, '').toLowerCase();
  switch (record.purpose) {
    case 'dkim':
      return text.replace(/\s+/g, '').includes(`p=${record.value.split('p=')[1]!}`);
    case 'spf':
      return compact(text).startsWith('v=spf1') && compact(text).includes(compact(record.value.split(' ')[1]!));
    default:
      return compact(text).startsWith(compact(record.value.split(';')[0]!));
  }
}
