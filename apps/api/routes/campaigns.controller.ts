import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { campaignAudienceSchema, type CampaignEntity, CampaignService, campaignPatchSchema, newCampaignSchema } from '#domain/campaigns';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import {
  audienceCountsAnswer,
  campaignAnswer,
  campaignChecksAnswer,
  campaignListAnswer,
  campaignReportAnswer,
  ledgerAnswer,
  previewAnswer,
  testAnswer,
} from '../schemas/campaign.schema.js';

const listSchema = z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(50) });
const testSchema = z
  .strictObject({ to: z.array(z.string().max(320)).min(1).max(5), contact: z.string().max(320).optional() })
  .meta({ id: 'CampaignTest' });
const scheduleSchema = z.strictObject({ at: z.iso.datetime({ offset: true }) }).meta({ id: 'CampaignSchedule' });
const audienceSchema = campaignAudienceSchema.meta({ id: 'Audience' });
const previewSchema = z.strictObject({ contact: z.string().max(320).optional() });

@Controller('v1/campaigns')
@Access('signed-in')
export class CampaignsController {
  constructor(private readonly campaigns: CampaignService) {}

  @Answers(campaignListAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: listSchema }) query: z.output<typeof listSchema>) {
    const campaigns = await this.campaigns.list(actor, query.limit);
    const reports = await this.campaigns.reports(actor, campaigns);
    return {
      object: 'list',
      has_more: campaigns.length === query.limit,
      data: campaigns.map((campaign) => ({ ...present(campaign), report: reports.get(campaign.id) })),
    };
  }

  @Answers(campaignAnswer)
  @Post()
  async create(
    @CurrentActor() actor: ActorContext,
    @Body({ schema: newCampaignSchema.meta({ id: 'NewCampaign' }) }) body: z.output<typeof newCampaignSchema>,
  ) {
    return present(await this.campaigns.create(actor, body));
  }

  /** How an audience shrinks on the way to those who may be written to. */
  @Answers(audienceCountsAnswer)
  @Post('audience')
  @HttpCode(200)
  audience(@CurrentActor() actor: ActorContext, @Body({ schema: audienceSchema }) body: z.output<typeof audienceSchema>) {
    return this.campaigns.countAudience(actor, body);
  }

  @Answers(campaignAnswer)
  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.campaigns.get(actor, id));
  }

  @Answers(campaignAnswer)
  @Patch(':id')
  async update(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: campaignPatchSchema.meta({ id: 'CampaignPatch' }) }) body: z.output<typeof campaignPatchSchema>,
  ) {
    return present(await this.campaigns.update(actor, id, body));
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@CurrentActor() actor: ActorContext, @Param('id') id: string): Promise<void> {
    return this.campaigns.delete(actor, id);
  }

  @Answers(campaignReportAnswer)
  @Get(':id/report')
  report(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return this.campaigns.report(actor, id);
  }

  @Answers(ledgerAnswer)
  @Get(':id/audit')
  audit(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return this.campaigns.audit(actor, id);
  }

  /** Everything that would keep it from being sent now. */
  @Answers(campaignChecksAnswer)
  @Get(':id/checks')
  async checks(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    const { problems, audience } = await this.campaigns.check(actor, id);
    return { is_ready: problems.length === 0, problems, audience };
  }

  @Answers(previewAnswer)
  @Get(':id/preview')
  preview(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Query({ schema: previewSchema }) query: z.output<typeof previewSchema>,
  ) {
    return this.campaigns.preview(actor, id, query.contact);
  }

  @Answers(testAnswer)
  @Post(':id/test')
  @HttpCode(202)
  async test(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: testSchema }) body: z.output<typeof testSchema>,
  ) {
    return { ids: await this.campaigns.sendTest(actor, id, body.to, body.contact) };
  }

  @Answers(campaignAnswer)
  @Post(':id/send')
  @HttpCode(202)
  async send(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.campaigns.send(actor, id));
  }

  @Answers(campaignAnswer)
  @Post(':id/schedule')
  @HttpCode(200)
  async schedule(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: scheduleSchema }) body: z.output<typeof scheduleSchema>,
  ) {
    return present(await this.campaigns.schedule(actor, id, new Date(body.at)));
  }

  @Answers(campaignAnswer)
  @Post(':id/unschedule')
  @HttpCode(200)
  async unschedule(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.campaigns.unschedule(actor, id));
  }

  @Answers(campaignAnswer)
  @Post(':id/pause')
  @HttpCode(200)
  async pause(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.campaigns.pause(actor, id));
  }

  @Answers(campaignAnswer)
  @Post(':id/resume')
  @HttpCode(200)
  async resume(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.campaigns.resume(actor, id));
  }

  @Answers(campaignAnswer)
  @Post(':id/cancel')
  @HttpCode(200)
  async cancel(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.campaigns.cancel(actor, id));
  }
}

/** What the API shows of a campaign: named fields only, never the entity. */
function present(campaign: CampaignEntity) {
  return {
    object: 'campaign',
    id: campaign.id,
    name: campaign.name,
    status: campaign.status,
    status_reason: campaign.statusReason,
    template_id: campaign.templateId,
    from_name: campaign.fromName,
    from_email: campaign.fromEmail,
    reply_to: campaign.replyTo,
    audience: campaign.audience,
    audience_counts: campaign.audienceCounts,
    scheduled_at: campaign.scheduledAt,
    started_at: campaign.startedAt,
    finished_at: campaign.finishedAt,
    created_at: campaign.createdAt,
  };
}
