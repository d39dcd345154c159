import type { DataSource, EntityManager } from 'typeorm';
import { type ActorContext, systemActor } from '#base/kernel';
import { MailClass } from '#base/contracts';
import { membersOf } from '#domain/audience';
import { type SiteDirectory, enqueueDeliveries } from '#domain/sending';
import type { CompiledTemplate } from '#domain/templates';
import { incrementCounters } from '#domain/tracking';
import { CampaignEntity } from './campaign.entity.js';
import { CampaignRepository } from './campaign.repository.js';
import { freezeSelection } from './freeze-sql.js';

/** Contacts per ticket: small enough to be redone after a crash, large enough that a million need 200. */
const RANGE_SIZE = 5_000;
/** A newsletter that could not be delivered for two days is stale. */
const BULK_LIFETIME_MS = 48 * 3600_000;

export interface FreezeTickets {
  /** Asks for one range to be frozen; losing a ticket loses nothing, because `recover` asks again. */
  freezeRange(campaignId: string, number: number): Promise<void>;
}

/** Turns an audience into deliveries, once each, however often its tickets run. */
export class CampaignFreeze {
  private readonly campaigns: CampaignRepository;

  constructor(
    private readonly dataSource: DataSource,
    private readonly sites: SiteDirectory,
    private readonly tickets: FreezeTickets,
  ) {
    this.campaigns = new CampaignRepository(dataSource);
  }

  /** Cuts the audience into ranges of contact ids, in one transaction, and asks for each. Runs again without harm. */
  async prepare(campaignId: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const campaign = await lockCampaign(manager, campaignId);
      if (campaign?.status !== 'preparing') return;
      const [{ exists }] = (await manager.query('SELECT EXISTS (SELECT FROM campaign_ranges WHERE campaign_id = $1) AS exists', [
        campaignId,
      ])) as [{ exists: boolean }];
      if (!exists) await cutRanges(manager, campaign);
    });
    await this.askForWaiting(campaignId);
  }

  /** Asks again for what a crash may have left: campaigns without ranges, ranges without a living ticket. */
  async recover(): Promise<void> {
    const rows = (await this.dataSource.query(`SELECT id FROM campaigns WHERE status = 'preparing'`)) as { id: string }[];
    for (const { id } of rows) await this.prepare(id);
  }

  /**
   * Freezes one range: its deliveries, their batches and the range's state in one transaction, so that a ticket that
   * runs twice finds the range frozen and does nothing. The last range starts the campaign.
   */
  async freezeRange(campaignId: string, number: number): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [range] = (await manager.query(
        `SELECT r.from_contact_id, r.to_contact_id, c.workspace_id, c.audience, v.compiled -> 'fields' AS fields
         FROM campaign_ranges r JOIN campaigns c ON c.id = r.campaign_id JOIN template_versions v ON v.id = c.template_version_id
         WHERE r.campaign_id = $1 AND r.number = $2 AND r.state = 'waiting' AND c.status = 'preparing'
         FOR UPDATE OF r`,
        [campaignId, number],
      )) as RangeRow[];
      if (!range) return;
      const frozen = await insertDeliveries(manager, campaignId, range);
      await enqueueDeliveries(
        manager,
        {
          workspaceId: range.workspace_id,
          campaignId,
          class: MailClass.bulk,
          expiresAt: new Date(Date.now() + BULK_LIFETIME_MS),
          deliveries: frozen,
        },
        this.sites,
      );
      await manager.query(`UPDATE campaign_ranges SET state = 'frozen', recipients = $3 WHERE campaign_id = $1 AND number = $2`, [
        campaignId,
        number,
        frozen.length,
      ]);
      await incrementCounters(manager, [{ campaignId, metric: 'recipients', by: frozen.length }]);
    });
    await this.startWhenFrozen(campaignId);
  }

  private async askForWaiting(campaignId: string): Promise<void> {
    const rows = (await this.dataSource.query(
      `SELECT number FROM campaign_ranges WHERE campaign_id = $1 AND state = 'waiting' ORDER BY number`,
      [campaignId],
    )) as { number: number }[];
    for (const { number } of rows) await this.tickets.freezeRange(campaignId, number);
    if (rows.length === 0) await this.startWhenFrozen(campaignId);
  }

  /** Whoever freezes the last range moves the campaign on; the guarded move lets only one succeed. */
  private async startWhenFrozen(campaignId: string): Promise<void> {
    const [row] = (await this.dataSource.query(
      `SELECT c.workspace_id, sum(r.recipients)::bigint AS recipients FROM campaigns c JOIN campaign_ranges r ON r.campaign_id = c.id
       WHERE c.id = $1 AND c.status = 'preparing' GROUP BY c.workspace_id HAVING bool_and(r.state = 'frozen')`,
      [campaignId],
    )) as { workspace_id: string; recipients: string }[];
    if (!row) return;
    const context: ActorContext = systemActor(row.workspace_id, 'freeze');
    const isEmpty = row.recipients === '0';
    await this.campaigns
      .move(
        context,
        campaignId,
        isEmpty ? 'fail' : 'start',
        isEmpty ? { statusReason: 'By the time it was prepared, nobody was left to send to.' } : { recipients: row.recipients },
      )
      .catch((error: unknown) => {
        if ((error as { code?: string }).code !== 'campaign_status_conflict') throw error;
      });
    await this.dataSource.query(`SELECT pg_notify('chapar_queue', '')`);
  }
}

interface RangeRow {
  readonly from_contact_id: string;
  readonly to_contact_id: string;
  readonly workspace_id: string;
  readonly audience: CampaignEntity['audience'];
  readonly fields: CompiledTemplate['fields'];
}

async function lockCampaign(manager: EntityManager, id: string): Promise<CampaignEntity | null> {
  return manager.getRepository(CampaignEntity).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
}

async function cutRanges(manager: EntityManager, campaign: CampaignEntity): Promise<void> {
  const members = membersOf(campaign.audience);
  await manager.query(
    `WITH members AS (${members.sql}),
       starts AS (SELECT contact_id, row_number() OVER (ORDER BY contact_id) AS place FROM members),
       cuts AS (SELECT contact_id AS start_id, (place - 1) / ${RANGE_SIZE} AS number FROM starts WHERE (place - 1) % ${RANGE_SIZE} = 0)
     INSERT INTO campaign_ranges (campaign_id, number, from_contact_id, to_contact_id)
     SELECT $${members.parameters.length + 1}, number, start_id, lead(start_id, 1, 9223372036854775807) OVER (ORDER BY number) FROM cuts`,
    [...members.parameters, campaign.id],
  );
}

async function insertDeliveries(
  manager: EntityManager,
  campaignId: string,
  range: RangeRow,
): Promise<{ id: string; domain: string; email: string }[]> {
  const selection = freezeSelection(systemActor(range.workspace_id, 'freeze'), range.audience, range.fields, {
    fromContactId: range.from_contact_id,
    toContactId: range.to_contact_id,
  });
  const next = selection.parameters.length;
  return manager.query(
    `INSERT INTO deliveries (workspace_id, campaign_id, contact_id, email, merge)
     SELECT $${next + 1}, $${next + 2}, contact_id, email, merge FROM (${selection.sql}) AS selected ORDER BY contact_id
     RETURNING id, email, split_part(email, '@', -1) AS domain`,
    [...selection.parameters, range.workspace_id, campaignId],
  );
}
