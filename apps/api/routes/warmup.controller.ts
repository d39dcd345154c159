import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import * as z from 'zod';
import { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { WarmupControl } from '#domain/sending';
import { type WarmupDecision, type WarmupPlan, WarmupPlans, stepsOf, warmupPlanSchema } from '#domain/shaping';
import { Access, CurrentActor } from '../http/access.guard.js';
import { operatorOf } from './queue-operator.js';

const planSchema = warmupPlanSchema.meta({ id: 'WarmupPlanSettings' });
const planId = z.coerce.number().int().min(1).max(2_147_483_647);

/** How egress sources come to their volume. They belong to the installation: only its administrators may see or change it. */
@Controller('v1/warmup')
@Access('signed-in')
export class WarmupController {
  private readonly plans: WarmupPlans;
  private readonly control: WarmupControl;

  constructor(private readonly dataSource: DataSource) {
    this.plans = new WarmupPlans(dataSource);
    this.control = new WarmupControl(dataSource, this.plans);
  }

  @Get()
  async list(@CurrentActor() actor: ActorContext) {
    await this.operator(actor);
    return { object: 'list', has_more: false, data: (await this.plans.list()).map(presentPlan) };
  }

  @Get(':id')
  async show(@CurrentActor() actor: ActorContext, @Param('id', { schema: planId }) id: number) {
    await this.operator(actor);
    const plan = await this.plans.byId(id);
    return { ...presentPlan(plan), history: (await this.plans.history(id)).map(presentDecision) };
  }

  /** Makes the plan of a source and site, or changes it. */
  @Put()
  async set(@CurrentActor() actor: ActorContext, @Body({ schema: planSchema }) body: z.output<typeof planSchema>) {
    return presentPlan(await this.control.set(body, await this.operator(actor)));
  }

  @Post(':id/pause')
  @HttpCode(200)
  async pause(@CurrentActor() actor: ActorContext, @Param('id', { schema: planId }) id: number) {
    const by = await this.operator(actor);
    const { source, site } = await this.plans.byId(id);
    return presentPlan(await this.control.pause(source, site, by));
  }

  @Post(':id/resume')
  @HttpCode(200)
  async resume(@CurrentActor() actor: ActorContext, @Param('id', { schema: planId }) id: number) {
    const by = await this.operator(actor);
    const { source, site } = await this.plans.byId(id);
    return presentPlan(await this.control.resume(source, site, by));
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@CurrentActor() actor: ActorContext, @Param('id', { schema: planId }) id: number): Promise<void> {
    const by = await this.operator(actor);
    const { source, site } = await this.plans.byId(id);
    await this.control.remove(source, site, by);
  }

  /** Who it is, for the record. @throws ChaparError `operator_required` */
  private async operator(actor: ActorContext): Promise<string> {
    return (await operatorOf(this.dataSource, actor, 'instance')).by;
  }
}

function presentPlan(plan: WarmupPlan) {
  return {
    object: 'warmup_plan',
    id: plan.id,
    source: plan.source,
    site: plan.site,
    state: plan.state,
    started_on: plan.startedOn,
    day: plan.day,
    step: plan.step,
    steps: stepsOf(plan.ramp),
    quota: plan.quota,
    used: plan.used,
    reason: plan.reason,
    ramp: plan.ramp,
    thresholds: plan.thresholds,
  };
}

function presentDecision({ at, day, kind, step, quota, sentence, facts }: WarmupDecision) {
  return { at, day, kind, step, quota, sentence, facts };
}
