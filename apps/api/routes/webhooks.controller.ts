import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { type Webhook, WebhookLog, type WebhookLogEntry, WebhookService, webhookEventTypes } from '#domain/webhooks';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import {
  newWebhookAnswer,
  rotatedWebhookAnswer,
  webhookAnswer,
  webhookMessageAnswer,
  webhookMessagesAnswer,
  webhookReplayAnswer,
  webhookTestAnswer,
  webhooksAnswer,
} from '../schemas/account.schema.js';

const events = z.array(z.enum(webhookEventTypes)).min(1);
const description = z.string().max(500);
const newSchema = z
  .strictObject({ endpoint: z.string().max(2_000), events, description: description.optional() })
  .meta({ id: 'NewWebhook' });
const patchSchema = z
  .strictObject({ endpoint: z.string().max(2_000), events, description, status: z.enum(['enabled', 'disabled']) })
  .partial()
  .meta({ id: 'WebhookPatch' });
const rotateSchema = z.strictObject({ overlap_hours: z.number().int().min(0).max(168).default(24) }).meta({ id: 'WebhookRotation' });
const testSchema = z.strictObject({ type: z.enum(webhookEventTypes).default('email.delivered') }).meta({ id: 'WebhookTest' });
const replaySchema = z
  .strictObject({
    since: z.iso.datetime({ offset: true }),
    until: z.iso.datetime({ offset: true }),
    only_failed: z.boolean().default(true),
  })
  .meta({ id: 'WebhookReplay' });
const logSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z
    .string()
    .regex(/^\d{1,19}$/)
    .optional(),
  state: z.enum(['waiting', 'delivered', 'given_up']).optional(),
  type: z.enum(webhookEventTypes).optional(),
});

/** Where events are told, in Resend's shape; with the log of what was told, replays and a test event. */
@Controller(['webhooks', 'v1/webhooks'])
@Access('signed-in')
export class WebhooksController {
  constructor(
    private readonly webhooks: WebhookService,
    private readonly log: WebhookLog,
  ) {}

  @Answers(newWebhookAnswer)
  @Post()
  async create(@CurrentActor() actor: ActorContext, @Body({ schema: newSchema }) body: z.output<typeof newSchema>) {
    const { endpoint, ...rest } = body;
    const { webhook, secret } = await this.webhooks.create(actor, { url: endpoint, ...rest });
    return { ...present(webhook), signing_secret: secret };
  }

  @Answers(webhooksAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext) {
    return { object: 'list', has_more: false, data: (await this.webhooks.list(actor)).map(present) };
  }

  @Answers(webhookAnswer)
  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.webhooks.get(actor, id));
  }

  @Answers(webhookAnswer)
  @Patch(':id')
  async change(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: patchSchema }) body: z.output<typeof patchSchema>,
  ) {
    const { endpoint, status, ...rest } = body;
    return present(
      await this.webhooks.change(actor, id, {
        ...rest,
        ...(endpoint !== undefined && { url: endpoint }),
        ...(status !== undefined && { state: status }),
      }),
    );
  }

  @Delete(':id')
  async delete(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    await this.webhooks.delete(actor, id);
    return { object: 'webhook', id, deleted: true };
  }

  @Answers(rotatedWebhookAnswer)
  @Post(':id/rotate-secret')
  @HttpCode(200)
  async rotate(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: rotateSchema }) body: z.output<typeof rotateSchema>,
  ) {
    const { secret, oldSecretUntil } = await this.webhooks.rotateSecret(actor, id, body.overlap_hours);
    return { object: 'webhook', id, signing_secret: secret, old_secret_valid_until: oldSecretUntil };
  }

  @Answers(webhookTestAnswer)
  @Post(':id/test')
  @HttpCode(202)
  async test(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: testSchema }) body: z.output<typeof testSchema>,
  ) {
    await this.webhooks.get(actor, id);
    return { object: 'webhook_message', id: await this.log.sendTest(actor, id, body.type) };
  }

  @Answers(webhookReplayAnswer)
  @Post(':id/replay')
  @HttpCode(202)
  async replaySpan(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: replaySchema }) body: z.output<typeof replaySchema>,
  ) {
    await this.webhooks.get(actor, id);
    const span = { since: new Date(body.since), until: new Date(body.until), onlyFailed: body.only_failed };
    return { object: 'webhook_replay', messages: await this.log.replaySpan(actor, id, span) };
  }

  @Answers(webhookMessagesAnswer)
  @Get(':id/messages')
  async messages(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Query({ schema: logSchema }) query: z.output<typeof logSchema>,
  ) {
    await this.webhooks.get(actor, id);
    const { after, ...rest } = query;
    const { entries, hasMore } = await this.log.list(actor, id, { ...rest, before: after });
    return { object: 'list', has_more: hasMore, data: entries.map(presentEntry) };
  }

  @Answers(webhookMessageAnswer)
  @Get(':id/messages/:message')
  async message(@CurrentActor() actor: ActorContext, @Param('id') id: string, @Param('message') message: string) {
    await this.webhooks.get(actor, id);
    const { tries, ...entry } = await this.log.show(actor, id, message);
    return {
      ...presentEntry(entry),
      attempts: tries.map(({ at, statusCode, error, response, durationMs }) => ({
        at,
        status_code: statusCode,
        error,
        response,
        duration_ms: durationMs,
      })),
    };
  }

  @Answers(webhookTestAnswer)
  @Post(':id/messages/:message/replay')
  @HttpCode(202)
  async replay(@CurrentActor() actor: ActorContext, @Param('id') id: string, @Param('message') message: string) {
    await this.webhooks.get(actor, id);
    await this.log.replay(actor, id, message);
    return { object: 'webhook_message', id: message };
  }
}

function present(webhook: Webhook) {
  return {
    object: 'webhook',
    id: webhook.id,
    endpoint: webhook.url,
    description: webhook.description,
    events: webhook.events,
    status: webhook.state,
    status_reason: webhook.stateReason,
    failing_since: webhook.failingSince,
    created_at: webhook.createdAt,
  };
}

function presentEntry(entry: WebhookLogEntry) {
  return {
    object: 'webhook_message',
    id: entry.id,
    event_id: entry.eventId,
    type: entry.type,
    created_at: entry.occurredAt,
    state: entry.state,
    tries: entry.attempts,
    next_attempt_at: entry.nextAttemptAt,
    last_status_code: entry.lastStatusCode,
    last_error: entry.lastError,
  };
}
