import type { DataSource, EntityManager } from 'typeorm';
import { type ActorContext, type Clock, systemActor, systemClock } from '#base/kernel';
import { appendAudit } from '#platform/audit';
import { deliverabilityError } from './deliverability.errors.js';
import { type SecretSealer, createDkimKeys } from './dkim-keys.js';
import { type DkimKeyEntity, type DomainEntity } from './domain.entity.js';
import type { DomainService, RecordLookup } from './domain.service.js';

/**
 * A key's life: `next` (its record is to be published) → `active` (it signs) → `retiring` (it signs no more, and what it signed
 * can still be verified) → `removed` (its record may go; the private key is forgotten).
 */
export type DkimKeyState = 'next' | 'active' | 'retiring' | 'removed';

export interface RotationSchedule {
  /** Days after which keys are replaced; null: only by hand. */
  readonly everyDays?: number | null;
  /** Days that replaced keys stay verifiable: longer than mail is on its way, queues and forwarders among it. */
  readonly overlapDays?: number;
}

export interface RotationStep {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimKeyEntity['algorithm'];
  readonly to: DkimKeyState;
}

export const rotationLimits = { everyDays: { least: 7, most: 3650 }, overlapDays: { least: 1, most: 90 } } as const;

interface KeyRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly domainId: string;
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimKeyEntity['algorithm'];
  readonly publicKey: string;
  readonly overlapDays: number;
}

/** Replaces DKIM keys while mail flows: a new key signs only once its record is in DNS, and the old one stays verifiable for a while (RFC 6376 §3.1). */
export class DkimRotation {
  constructor(
    private readonly dataSource: DataSource,
    private readonly domains: Pick<DomainService, 'getByName'>,
    private readonly sealer: Pick<SecretSealer, 'seal'>,
    private readonly clock: Clock = systemClock,
  ) {}

  /**
   * Makes the next keys of a domain, unless there are some already. They sign once `advance` sees their records.
   * @throws ChaparError `domain_not_found`, `domain_is_sandbox`
   */
  async begin(context: ActorContext, name: string): Promise<{ isNew: boolean }> {
    const domain = await this.rotatable(context, name);
    const isNew = await this.dataSource.transaction((manager) => this.beginWithin(manager, context, domain));
    return { isNew };
  }

  /** @throws ChaparError `domain_not_found`, `domain_is_sandbox`, `dkim_schedule_invalid` */
  async schedule(context: ActorContext, name: string, { everyDays, overlapDays }: RotationSchedule): Promise<void> {
    const domain = await this.rotatable(context, name);
    assertWithin('everyDays', everyDays);
    assertWithin('overlapDays', overlapDays);
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `UPDATE domains SET dkim_rotation_days = CASE WHEN $2 THEN $3::int ELSE dkim_rotation_days END,
           dkim_overlap_days = coalesce($4::int, dkim_overlap_days) WHERE id = $1`,
        [domain.id, everyDays !== undefined, everyDays ?? null, overlapDays ?? null],
      );
      await this.audit(manager, context, 'domain.dkim-schedule', domain.name, { everyDays, overlapDays });
    });
  }

  /** Makes next keys for the domains whose keys are as old as their schedule allows. @returns their names */
  async beginDue(): Promise<string[]> {
    const due = (await this.dataSource.query(
      `SELECT d.id, d.workspace_id AS "workspaceId", d.name FROM domains d
       WHERE d.dkim_rotation_days IS NOT NULL AND NOT d.is_sandbox
         AND NOT EXISTS (SELECT FROM dkim_keys k WHERE k.domain_id = d.id AND k.state = 'next')
         AND (SELECT min(k.changed_at) FROM dkim_keys k WHERE k.domain_id = d.id AND k.state = 'active')
           < $1::timestamptz - make_interval(days => d.dkim_rotation_days)
       ORDER BY d.id LIMIT 100`,
      [this.clock.now()],
    )) as Pick<DomainEntity, 'id' | 'workspaceId' | 'name'>[];
    for (const domain of due)
      await this.dataSource.transaction((manager) => this.beginWithin(manager, systemActor(domain.workspaceId, 'schedule'), domain));
    return due.map(({ name }) => name);
  }

  /** Takes every step that is due: keys whose records are in DNS begin to sign, keys whose time is over are forgotten. */
  async advance(dns: Pick<RecordLookup, 'resolveTxt'>): Promise<RotationStep[]> {
    const steps: RotationStep[] = [];
    for (const key of await this.keysIn('next')) {
      if (await isPublished(key, dns)) steps.push(...(await this.activate(key)));
    }
    return [...steps, ...(await this.removeRetired())];
  }

  private async activate(key: KeyRow): Promise<RotationStep[]> {
    const now = this.clock.now();
    return this.dataSource.transaction(async (manager) => {
      const [, switched] = (await manager.query(`UPDATE dkim_keys SET state = 'active', changed_at = $2 WHERE id = $1 AND state = 'next'`, [
        key.id,
        now,
      ])) as [unknown, number];
      if (switched === 0) return [];
      const [retired] = (await manager.query(
        `UPDATE dkim_keys SET state = 'retiring', changed_at = $3, retires_at = $3::timestamptz + make_interval(days => $4)
         WHERE domain_id = $1 AND algorithm = $2 AND state = 'active' AND id <> $5 RETURNING selector, algorithm`,
        [key.domainId, key.algorithm, now, key.overlapDays, key.id],
      )) as [Pick<KeyRow, 'selector' | 'algorithm'>[], number];
      const context = systemActor(key.workspaceId, 'dkim-rotation');
      await this.audit(manager, context, 'domain.dkim-switch', key.domain, {
        algorithm: key.algorithm,
        to: key.selector,
        from: retired.map(({ selector }) => selector),
      });
      return [
        { domain: key.domain, selector: key.selector, algorithm: key.algorithm, to: 'active' as const },
        ...retired.map((old) => ({ domain: key.domain, ...old, to: 'retiring' as const })),
      ];
    });
  }

  /** The private key goes; the row stays, so that its record can be listed for removal and its selector is never used again. */
  private async removeRetired(): Promise<RotationStep[]> {
    const now = this.clock.now();
    const removed: RotationStep[] = [];
    for (const key of await this.keysIn('retiring', 'AND k.retires_at <= $2', [now])) {
      await this.dataSource.transaction(async (manager) => {
        await manager.query(`UPDATE dkim_keys SET state = 'removed', changed_at = $2, private_key_sealed = '' WHERE id = $1`, [
          key.id,
          now,
        ]);
        await this.audit(manager, systemActor(key.workspaceId, 'dkim-rotation'), 'domain.dkim-remove', key.domain, {
          selector: key.selector,
        });
      });
      removed.push({ domain: key.domain, selector: key.selector, algorithm: key.algorithm, to: 'removed' });
    }
    return removed;
  }

  private async beginWithin(
    manager: EntityManager,
    context: ActorContext,
    domain: Pick<DomainEntity, 'id' | 'workspaceId' | 'name'>,
  ): Promise<boolean> {
    // One at a time: two people, or a person and the schedule, would make two pairs.
    await manager.query('SELECT FROM domains WHERE id = $1 FOR UPDATE', [domain.id]);
    const keys = (await manager.query('SELECT selector, state FROM dkim_keys WHERE domain_id = $1', [domain.id])) as Pick<
      DkimKeyEntity,
      'selector' | 'state'
    >[];
    if (keys.some(({ state }) => state === 'next')) return false;
    const number = 1 + Math.max(0, ...keys.map(({ selector }) => Number(/\d+/.exec(selector)?.[0] ?? 0)));
    await createDkimKeys(manager, { ...context, workspaceId: domain.workspaceId }, domain.id, this.sealer, { number, state: 'next' });
    await this.audit(manager, context, 'domain.dkim-rotate', domain.name, { number });
    return true;
  }

  private async rotatable(context: ActorContext, name: string): Promise<DomainEntity> {
    const domain = await this.domains.getByName(context, name);
    if (domain.isSandbox) throw deliverabilityError('domain_is_sandbox', `${domain.name} has no DNS records that could be replaced.`);
    return domain;
  }

  private keysIn(state: DkimKeyState, also = '', values: readonly unknown[] = []): Promise<KeyRow[]> {
    return this.dataSource.query(
      `SELECT k.id, k.workspace_id AS "workspaceId", k.domain_id AS "domainId", d.name AS domain, k.selector, k.algorithm,
         k.public_key AS "publicKey", d.dkim_overlap_days AS "overlapDays"
       FROM dkim_keys k JOIN domains d ON d.id = k.domain_id WHERE k.state = $1 ${also} ORDER BY k.id LIMIT 1000`,
      [state, ...values],
    );
  }

  private audit(
    manager: EntityManager,
    { workspaceId, actor }: ActorContext,
    action: string,
    target: string,
    detail: object,
  ): Promise<void> {
    return appendAudit(manager, { workspaceId, actor: `${actor.kind}:${actor.id}`, action, target, detail });
  }
}

function assertWithin(name: keyof typeof rotationLimits, days: number | null | undefined): void {
  const { least, most } = rotationLimits[name];
  if (days === null || days === undefined || (Number.isInteger(days) && days >= least && days <= most)) return;
  throw deliverabilityError('dkim_schedule_invalid', `${name} has to be a whole number of days from ${least} to ${most}.`);
}

/** DNS that does not answer now says nothing: the key waits. */
async function isPublished(key: KeyRow, dns: Pick<RecordLookup, 'resolveTxt'>): Promise<boolean> {
  try {
    const records = await dns.resolveTxt(`${key.selector}._domainkey.${key.domain}`);
    return records.some((strings) => isKeyRecord(strings.join(''), key.publicKey));
  } catch {
    return false;
  }
}

/** A record that verifiers read as this key: its `p=` is the whole key (RFC 6376 §3.6.1), which an editor may have folded. */
export function isKeyRecord(text: string, publicKey: string): boolean {
  return text
    .split(';')
    .map((tag) => tag.replace(/\s+/g, ''))
    .some((tag) => tag === `p=${publicKey}`);
}
