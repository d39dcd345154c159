import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { type DnsRecord, DkimRotation, DomainService, rotationLimits } from '#domain/deliverability';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { dkimAnswer } from '../schemas/delivery.schema.js';

const days = ({ least, most }: { readonly least: number; readonly most: number }) => z.number().int().min(least).max(most);
const scheduleSchema = z
  .strictObject({
    every_days: days(rotationLimits.everyDays).nullable().optional(),
    overlap_days: days(rotationLimits.overlapDays).optional(),
  })
  .meta({ id: 'DkimSchedule' });

/** The DKIM keys of a sending domain, as the DNS records that they need. */
@Controller('v1/domains/:name/dkim')
@Access('signed-in')
export class DkimController {
  constructor(
    private readonly domains: DomainService,
    private readonly rotation: DkimRotation,
  ) {}

  @Answers(dkimAnswer)
  @Get()
  async records(@CurrentActor() actor: ActorContext, @Param('name') name: string) {
    const records = (await this.domains.records(actor, name)).filter(({ purpose }) => purpose === 'dkim');
    return { object: 'list', has_more: false, data: records.map(present) };
  }

  /** New keys: they sign once their records are seen, which is looked for every ten minutes. */
  @Answers(dkimAnswer)
  @Post('rotate')
  @HttpCode(200)
  async rotate(@CurrentActor() actor: ActorContext, @Param('name') name: string) {
    const { isNew } = await this.rotation.begin(actor, name);
    return { ...(await this.records(actor, name)), is_new: isNew };
  }

  /** `every_days` null: only by hand. */
  @Put('schedule')
  @HttpCode(204)
  schedule(
    @CurrentActor() actor: ActorContext,
    @Param('name') name: string,
    @Body({ schema: scheduleSchema }) body: z.output<typeof scheduleSchema>,
  ): Promise<void> {
    return this.rotation.schedule(actor, name, {
      ...(body.every_days !== undefined && { everyDays: body.every_days }),
      ...(body.overlap_days !== undefined && { overlapDays: body.overlap_days }),
    });
  }
}

function present({ type, name, value, action, note, required }: DnsRecord) {
  return { type, name, value, action, note: note ?? null, required };
}
