import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import * as z from 'zod';
import { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { egressName } from '#domain/egress';
import {
  type LaneDetails,
  type LaneView,
  type MoveTarget,
  QueueAdmin,
  type QueueChange,
  type QueueOrder,
  type QueueSelection,
} from '#domain/sending';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { operatorOf } from './queue-operator.js';
import { laneAnswer, queueAnswer, queueChangeAnswer, queueResumedAnswer } from '../schemas/delivery.schema.js';

const scope = z.enum(['workspace', 'instance']).default('workspace');
const scopeSchema = z.strictObject({ scope });
const selection = {
  scope,
  site: z.string().min(1).max(500).optional(),
  domain: z.string().min(1).max(255).optional(),
  campaignId: z.uuid().optional(),
  workspaceId: z.uuid().optional(),
  everything: z.boolean().optional(),
};
const selectionSchema = z.strictObject(selection).meta({ id: 'QueueSelection' });
const endSchema = z.strictObject({ ...selection, reason: z.string().max(400).default('') }).meta({ id: 'QueueEnd' });
const moveSchema = z
  .strictObject({
    ...selection,
    reason: z.string().max(400).default(''),
    toSource: egressName.optional(),
    toPool: egressName.optional(),
  })
  .refine(({ toSource, toPool }) => (toSource === undefined) !== (toPool === undefined), {
    path: ['toSource'],
    message: 'either toSource or toPool',
  })
  .meta({ id: 'QueueMove' });
const suspendSchema = z
  .strictObject({ ...selection, reason: z.string().max(400).default(''), until: z.iso.datetime({ offset: true }).optional() })
  .meta({ id: 'QueueSuspension' });

/** Waiting mail, by receiving site, and what people may do to it: of their workspace, or of all with `scope` instance. */
@Controller('v1/queue')
@Access('signed-in')
export class QueueController {
  private readonly admin: QueueAdmin;

  constructor(private readonly dataSource: DataSource) {
    this.admin = new QueueAdmin(dataSource);
  }

  @Answers(queueAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: scopeSchema }) query: z.output<typeof scopeSchema>) {
    const operator = await operatorOf(this.dataSource, actor, query.scope);
    const [lanes, orders] = await Promise.all([this.admin.list(operator), this.admin.orders(operator)]);
    return {
      object: 'list',
      has_more: false,
      waiting: lanes.reduce((sum, lane) => sum + lane.waiting, 0),
      data: lanes.map(presentLane),
      orders: orders.map(presentOrder),
    };
  }

  @Answers(laneAnswer)
  @Get(':lane')
  async show(
    @CurrentActor() actor: ActorContext,
    @Param('lane') lane: string,
    @Query({ schema: scopeSchema }) query: z.output<typeof scopeSchema>,
  ) {
    const details = await this.admin.show(await operatorOf(this.dataSource, actor, query.scope), lane);
    const { campaigns, orders, replies, decisions } = details;
    return { ...presentLane(details), campaigns, orders: orders.map(presentOrder), replies, decisions: decisions.map(presentDecision) };
  }

  @Answers(queueChangeAnswer)
  @Post('suspend')
  @HttpCode(200)
  async suspend(@CurrentActor() actor: ActorContext, @Body({ schema: suspendSchema }) body: z.output<typeof suspendSchema>) {
    const operator = await operatorOf(this.dataSource, actor, body.scope);
    const options = { reason: body.reason, until: body.until === undefined ? undefined : new Date(body.until) };
    const { order, ...change } = await this.admin.suspend(operator, selectionOf(body), options);
    return { ...presentChange(change), order: presentOrder(order) };
  }

  @Answers(queueResumedAnswer)
  @Post('resume')
  @HttpCode(200)
  async resume(@CurrentActor() actor: ActorContext, @Body({ schema: selectionSchema }) body: z.output<typeof selectionSchema>) {
    return this.admin.resume(await operatorOf(this.dataSource, actor, body.scope), selectionOf(body));
  }

  @Answers(queueChangeAnswer)
  @Post('retry')
  @HttpCode(200)
  async retry(@CurrentActor() actor: ActorContext, @Body({ schema: selectionSchema }) body: z.output<typeof selectionSchema>) {
    return presentChange(await this.admin.retryNow(await operatorOf(this.dataSource, actor, body.scope), selectionOf(body)));
  }

  @Answers(queueChangeAnswer)
  @Post('bounce')
  @HttpCode(200)
  async bounce(@CurrentActor() actor: ActorContext, @Body({ schema: endSchema }) body: z.output<typeof endSchema>) {
    return presentChange(await this.admin.bounce(await operatorOf(this.dataSource, actor, body.scope), selectionOf(body), body.reason));
  }

  @Answers(queueChangeAnswer)
  @Post('move')
  @HttpCode(200)
  async move(@CurrentActor() actor: ActorContext, @Body({ schema: moveSchema }) body: z.output<typeof moveSchema>) {
    const operator = await operatorOf(this.dataSource, actor, body.scope);
    return presentChange(await this.admin.move(operator, selectionOf(body), targetOf(body), body.reason));
  }

  @Answers(queueChangeAnswer)
  @Post('cancel')
  @HttpCode(200)
  async cancel(@CurrentActor() actor: ActorContext, @Body({ schema: endSchema }) body: z.output<typeof endSchema>) {
    return presentChange(await this.admin.cancel(await operatorOf(this.dataSource, actor, body.scope), selectionOf(body), body.reason));
  }
}

function targetOf({ toSource, toPool }: z.output<typeof moveSchema>): MoveTarget {
  return toSource === undefined ? { pool: toPool! } : { source: toSource };
}

function selectionOf({ site, domain, campaignId, workspaceId, everything }: z.output<typeof selectionSchema>): QueueSelection {
  return { site, domain, campaignId, workspaceId, everything };
}

function presentChange({ changed, inHand }: QueueChange) {
  return { changed, in_hand: inHand };
}

function presentLane(lane: LaneView) {
  return {
    object: 'lane',
    id: String(lane.id),
    source: lane.source,
    site: lane.site,
    provider: lane.provider,
    waiting: lane.waiting,
    held: lane.held,
    in_hand: lane.inHand,
    oldest: lane.oldest,
    next_due: lane.nextDue,
    attempts_per_second: lane.attemptsPerSecond,
    accepted_per_second: lane.acceptedPerSecond,
    limit_per_second: lane.limitPerSecond,
    suspended_until: lane.suspendedUntil,
    reason: lane.reason,
    last_reply: lane.lastReply,
    leased_by: lane.leasedBy,
  };
}

function presentDecision({ id, at, kind, sentence, reply, facts }: LaneDetails['decisions'][number]) {
  return {
    object: 'lane_decision',
    id,
    at,
    kind,
    sentence,
    reply,
    facts: {
      rule: facts.rule ?? null,
      rate_per_second: facts.ratePerSecond ?? null,
      connections: facts.connections ?? null,
      until: facts.until ?? null,
      times: facts.times ?? 1,
      moved_to: facts.movedTo ?? [],
    },
  };
}

function presentOrder(order: QueueOrder) {
  return {
    object: 'queue_order',
    id: String(order.id),
    action: order.action,
    site: order.site,
    domain: order.domain,
    campaign_id: order.campaignId,
    workspace_id: order.workspaceId,
    reason: order.reason,
    ordered_by: order.orderedBy,
    until: order.until,
    created_at: order.createdAt,
  };
}
