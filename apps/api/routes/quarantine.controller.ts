import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { DataSource } from 'typeorm';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { MAX_DECIDED, Quarantine, type QuarantinedMessage } from '#domain/filtering';
import { Access, CurrentActor } from '../http/access.guard.js';
import { operatorOf } from './queue-operator.js';

const id = z.string().regex(/^\d{1,19}$/);
const listSchema = z.strictObject({
  state: z.enum(['held', 'released', 'deleted']).optional(),
  cause: z.enum(['virus', 'risk', 'spam']).optional(),
  cursor: id.optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
});
const batchSchema = z.strictObject({ ids: z.array(id).min(1).max(MAX_DECIDED) }).meta({ id: 'QuarantineSelection' });

/** Incoming mail that was held back: infected, risky to open, or surely spam. */
@Controller('v1/quarantine')
@Access('signed-in')
export class QuarantineController {
  constructor(
    private readonly quarantine: Quarantine,
    private readonly dataSource: DataSource,
  ) {}

  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: listSchema }) query: z.output<typeof listSchema>) {
    const { messages, nextCursor } = await this.quarantine.list(actor, query);
    return { object: 'list', has_more: nextCursor !== null, next_cursor: nextCursor, data: messages.map(present) };
  }

  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') one: string) {
    return present(await this.quarantine.get(actor, one));
  }

  /** Up to 500 at once, all or none. A released message goes its normal way, once. */
  @Post('batch/release')
  @HttpCode(200)
  async releaseMany(@CurrentActor() actor: ActorContext, @Body({ schema: batchSchema }) body: z.output<typeof batchSchema>) {
    return { released: await this.quarantine.release(actor, body.ids, await this.nameOf(actor)) };
  }

  @Post('batch/delete')
  @HttpCode(200)
  async deleteMany(@CurrentActor() actor: ActorContext, @Body({ schema: batchSchema }) body: z.output<typeof batchSchema>) {
    return { deleted: await this.quarantine.delete(actor, body.ids, await this.nameOf(actor)) };
  }

  @Post(':id/release')
  @HttpCode(204)
  async release(@CurrentActor() actor: ActorContext, @Param('id') one: string): Promise<void> {
    await this.quarantine.release(actor, [one], await this.nameOf(actor));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@CurrentActor() actor: ActorContext, @Param('id') one: string): Promise<void> {
    await this.quarantine.delete(actor, [one], await this.nameOf(actor));
  }

  private async nameOf(actor: ActorContext): Promise<string> {
    return (await operatorOf(this.dataSource, actor, 'workspace')).by;
  }
}

function present(one: QuarantinedMessage) {
  return {
    object: 'quarantined_message',
    id: one.id,
    state: one.state,
    cause: one.cause,
    from: one.headerFrom,
    mail_from: one.mailFrom,
    recipient: one.recipient,
    subject: one.subject,
    size: one.sizeBytes,
    score: one.score,
    reasons: one.reasons.map(({ rule, points, sentence }) => ({ rule, points, sentence })),
    held_at: one.heldAt,
    decided_at: one.decidedAt,
    decided_by: one.decidedBy,
  };
}
