import type { DataSource } from 'typeorm';
import { DeliveryKind, MailClass } from '#base/contracts';
import { type ActorContext, ChaparError, type Clock, type ErrorDetail, uuidv7 } from '#base/kernel';
import { type AudienceCounts, countAudience } from '#domain/audience';
import { type SendingControl, type SiteDirectory, enqueueDeliveries } from '#domain/sending';
import { type PreviewedMessage, mergeDataOf, renderPreview } from '#domain/templates';
import { parseAddress } from '#protocol/mime';
import { type CampaignAudience, CampaignEntity } from './campaign.entity.js';
import { type CampaignPatch, type NewCampaign, campaignPatchSchema, newCampaignSchema, parseCampaign } from './campaign.input.js';
import { type CampaignReport, type LedgerAudit, auditLedger, readCampaignReports } from './campaign-report.js';
import { CampaignRepository } from './campaign.repository.js';
import { campaignError } from './campaigns.errors.js';
import { nextStatus } from './campaign-status.policy.js';
import { type DeliveryMode, checkReady, newestVersion } from './preflight.js';

export interface PrepareTickets {
  prepare(campaignId: string): Promise<void>;
}

const MAX_TEST_RECIPIENTS = 5;
const TEST_LIFETIME_MS = 3600_000;

/** What people do with campaigns. Every method acts inside the caller's workspace. */
export class CampaignService {
  private readonly campaigns: CampaignRepository;

  constructor(
    private readonly dataSource: DataSource,
    private readonly control: SendingControl,
    private readonly sites: SiteDirectory,
    private readonly tickets: PrepareTickets,
    private readonly clock: Clock,
    private readonly delivery: DeliveryMode,
  ) {
    this.campaigns = new CampaignRepository(dataSource);
  }

  async create(context: ActorContext, input: NewCampaign): Promise<CampaignEntity> {
    const fields = parseCampaign(newCampaignSchema, input);
    await this.requireOwn(context, fields);
    const id = uuidv7();
    await this.dataSource.getRepository(CampaignEntity).insert({ id, workspaceId: context.workspaceId, ...fields });
    return this.campaigns.get(context, id);
  }

  async update(context: ActorContext, id: string, patch: CampaignPatch): Promise<CampaignEntity> {
    const fields = parseCampaign(campaignPatchSchema, patch);
    await this.requireOwn(context, fields);
    return this.campaigns.move(context, id, 'edit', fields);
  }

  get(context: ActorContext, id: string): Promise<CampaignEntity> {
    return this.campaigns.get(context, id);
  }

  list(context: ActorContext, limit = 50): Promise<CampaignEntity[]> {
    return this.campaigns.list(context, limit);
  }

  async delete(context: ActorContext, id: string): Promise<void> {
    const campaign = await this.campaigns.get(context, id);
    nextStatus(campaign.status, 'delete');
    await this.dataSource.getRepository(CampaignEntity).delete({ id: campaign.id, status: campaign.status });
  }

  /** The mail as one contact would get it: whole, with inert links. */
  async preview(context: ActorContext, id: string, contactEmail?: string): Promise<PreviewedMessage> {
    const campaign = await this.campaigns.get(context, id);
    const version = await newestVersion(this.dataSource.manager, context, campaign.templateId);
    if (!version) throw campaignError('campaign_not_ready', 'The campaign has no template, or its template has no published version.');
    return renderPreview(version.compiled, mergeDataOf(await this.contactRow(context, contactEmail)));
  }

  /**
   * Sends the mail to at most five addresses right away, with the merge values of `contactEmail` if given. Test mail is
   * not tracked and not counted, and its unsubscribe link is inert.
   */
  async sendTest(context: ActorContext, id: string, to: readonly string[], contactEmail?: string): Promise<string[]> {
    if (to.length === 0 || to.length > MAX_TEST_RECIPIENTS)
      throw campaignError('campaign_invalid', `A test goes to one to ${MAX_TEST_RECIPIENTS} addresses.`);
    const recipients = to.map((address) => parseAddress(address));
    const campaign = await this.campaigns.get(context, id);
    const ready = await checkReady(this.dataSource, context, campaign, this.delivery);
    const { merge } = await this.contactRow(context, contactEmail);
    return this.dataSource.transaction(async (manager) => {
      // The sender's domain is frozen with the campaign only when it is sent; a test needs it now.
      await manager.getRepository(CampaignEntity).update({ id: campaign.id }, { domainId: ready.domainId });
      const rows = (await manager.query(
        `INSERT INTO deliveries (workspace_id, campaign_id, kind, template_version_id, email, merge)
         SELECT $1, $2, ${DeliveryKind.test}, $3, email, $4::jsonb FROM unnest($5::text[]) AS email RETURNING id, split_part(email, '@', -1) AS domain`,
        [context.workspaceId, campaign.id, ready.templateVersionId, merge, recipients.map((recipient) => recipient.address)],
      )) as { id: string; domain: string }[];
      const expiresAt = new Date(this.clock.now().getTime() + TEST_LIFETIME_MS);
      await enqueueDeliveries(
        manager,
        { workspaceId: context.workspaceId, campaignId: campaign.id, class: MailClass.transactional, expiresAt, deliveries: rows },
        this.sites,
      );
      return rows.map((row) => row.id);
    });
  }

  /** How an audience shrinks to those who may be written to now. @throws ChaparError `campaign_invalid` for a list of another workspace */
  async countAudience(context: ActorContext, audience: CampaignAudience): Promise<AudienceCounts> {
    await this.requireOwn(context, { audience });
    return countAudience(this.dataSource, context, audience);
  }

  /** What would keep the campaign from being sent now, without sending it. */
  async check(context: ActorContext, id: string): Promise<{ problems: readonly ErrorDetail[]; audience: AudienceCounts | null }> {
    const campaign = await this.campaigns.get(context, id);
    try {
      const { audienceCounts } = await checkReady(this.dataSource, context, campaign, this.delivery);
      return { problems: [], audience: audienceCounts };
    } catch (error) {
      if (!(error instanceof ChaparError) || error.code !== 'campaign_not_ready') throw error;
      return { problems: error.details, audience: null };
    }
  }

  /** Checks, freezes sender and template version, and starts preparing. Pressing twice sends once. */
  async send(context: ActorContext, id: string): Promise<CampaignEntity> {
    const campaign = await this.campaigns.get(context, id);
    nextStatus(campaign.status, 'send');
    const ready = await checkReady(this.dataSource, context, campaign, this.delivery);
    const moved = await this.campaigns.move(context, id, 'send', {
      templateVersionId: ready.templateVersionId,
      domainId: ready.domainId,
      audienceCounts: { ...ready.audienceCounts },
      startedAt: this.clock.now(),
    });
    await this.tickets.prepare(id);
    return moved;
  }

  /** @throws ChaparError `campaign_not_ready` now rather than at the appointed time */
  async schedule(context: ActorContext, id: string, at: Date): Promise<CampaignEntity> {
    if (!(at.getTime() > this.clock.now().getTime())) throw campaignError('campaign_invalid', 'The time to send at lies in the past.');
    const campaign = await this.campaigns.get(context, id);
    nextStatus(campaign.status, 'schedule');
    await checkReady(this.dataSource, context, campaign, this.delivery);
    return this.campaigns.move(context, id, 'schedule', { scheduledAt: at });
  }

  unschedule(context: ActorContext, id: string): Promise<CampaignEntity> {
    return this.campaigns.move(context, id, 'unschedule', { scheduledAt: null });
  }

  /** Nothing more leaves within about a second; what a server is just being told is finished. */
  async pause(context: ActorContext, id: string): Promise<CampaignEntity> {
    const campaign = await this.campaigns.move(context, id, 'pause');
    await this.control.campaignChanged(id);
    return campaign;
  }

  async resume(context: ActorContext, id: string): Promise<CampaignEntity> {
    const campaign = await this.campaigns.move(context, id, 'resume');
    await this.control.campaignChanged(id);
    return campaign;
  }

  /** Every recipient who has not got it yet is recorded as cancelled. */
  async cancel(context: ActorContext, id: string): Promise<CampaignEntity> {
    const campaign = await this.campaigns.move(context, id, 'cancel', { finishedAt: this.clock.now() });
    await this.control.cancel(id);
    return campaign;
  }

  async report(context: ActorContext, id: string): Promise<CampaignReport> {
    const campaign = await this.campaigns.get(context, id);
    return (await readCampaignReports(this.dataSource.manager, [campaign], this.clock.now())).get(id)!;
  }

  async reports(context: ActorContext, campaigns: readonly CampaignEntity[]): Promise<Map<string, CampaignReport>> {
    const own = campaigns.filter((campaign) => campaign.workspaceId === context.workspaceId);
    return readCampaignReports(this.dataSource.manager, own, this.clock.now());
  }

  /** Recounts the ledger, recipient by recipient. */
  async audit(context: ActorContext, id: string): Promise<LedgerAudit> {
    return auditLedger(this.dataSource.manager, id, await this.report(context, id));
  }

  private async contactRow(context: ActorContext, email: string | undefined): Promise<{ email: string; merge: Record<string, unknown> }> {
    if (email === undefined) return { email: 'reader@example.org', merge: {} };
    const [row] = (await this.dataSource.query(
      `SELECT email, attributes || jsonb_strip_nulls(jsonb_build_object('first_name', nullif(first_name, ''), 'last_name', nullif(last_name, ''), 'language', nullif(language, ''))) AS merge
       FROM contacts WHERE workspace_id = $1 AND email_key = lower($2)`,
      [context.workspaceId, email],
    )) as { email: string; merge: Record<string, unknown> }[];
    if (!row) throw campaignError('campaign_invalid', `There is no contact ${email}.`);
    return row;
  }

  /** A template or list of another workspace does not exist here. */
  private async requireOwn(
    context: ActorContext,
    fields: { templateId?: string | null | undefined; audience?: CampaignAudience | undefined },
  ): Promise<void> {
    const lists = fields.audience ? [...new Set([...fields.audience.include.lists, ...fields.audience.exclude.lists])] : [];
    const [row] = (await this.dataSource.query(
      `SELECT (SELECT count(*)::int FROM lists WHERE workspace_id = $1 AND id = ANY($2::uuid[])) AS lists,
         ($3::uuid IS NULL OR EXISTS (SELECT FROM templates WHERE workspace_id = $1 AND id = $3)) AS has_template`,
      [context.workspaceId, lists, fields.templateId ?? null],
    )) as [{ lists: number; has_template: boolean }];
    if (!row.has_template)
      throw campaignError('campaign_invalid', `There is no template ${fields.templateId}.`, {
        details: [{ field: 'templateId', code: 'not_found', message: 'no such template' }],
      });
    if (row.lists !== lists.length)
      throw campaignError('campaign_invalid', 'One of the lists does not exist.', {
        details: [{ field: 'audience', code: 'not_found', message: 'no such list' }],
      });
  }
}
