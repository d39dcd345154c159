import { Body, Controller, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { DataSource } from 'typeorm';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { type Thread, type ThreadMessage, ThreadService } from '#domain/feedback';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { threadAnswer, threadPageAnswer } from '../schemas/message.schema.js';
import { operatorOf } from './queue-operator.js';

const listSchema = z.strictObject({
  campaign_id: z.uuid().optional(),
  contact_id: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
  open: z.enum(['true', 'false']).optional(),
  junk: z.enum(['true', 'false']).optional(),
  cursor: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
});
const patchSchema = z.strictObject({ open: z.boolean().optional(), junk: z.boolean().optional() }).meta({ id: 'ThreadPatch' });

/** Conversations: what we sent to people, and what they answered. */
@Controller('v1/threads')
@Access('signed-in')
export class ThreadsController {
  constructor(
    private readonly threads: ThreadService,
    private readonly dataSource: DataSource,
  ) {}

  @Answers(threadPageAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: listSchema }) query: z.output<typeof listSchema>) {
    const { threads, nextCursor } = await this.threads.list(actor, {
      campaignId: query.campaign_id,
      contactId: query.contact_id,
      isOpen: query.open === undefined ? undefined : query.open === 'true',
      isJunk: query.junk === 'true',
      cursor: query.cursor,
      limit: query.limit,
    });
    return { object: 'list', has_more: nextCursor !== null, next_cursor: nextCursor, data: threads.map(present) };
  }

  @Answers(threadAnswer)
  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    const thread = await this.threads.get(actor, id);
    return { ...present(thread), messages: thread.messages.map(presentMessage) };
  }

  /** `junk` false: what was held of the conversation is read as if it had just come. */
  @Patch(':id')
  @HttpCode(204)
  async patch(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: patchSchema }) body: z.output<typeof patchSchema>,
  ): Promise<void> {
    if (body.junk !== undefined)
      await this.threads.setJunk(actor, id, body.junk, (await operatorOf(this.dataSource, actor, 'workspace')).by);
    if (body.open !== undefined) await this.threads.setOpen(actor, id, body.open);
  }
}

function present(thread: Thread) {
  return {
    object: 'thread',
    id: thread.id,
    subject: thread.subject,
    address: thread.address,
    contact_id: thread.contactId,
    campaign_id: thread.campaignId,
    delivery_id: thread.deliveryId,
    messages_total: thread.messageCount,
    open: thread.isOpen,
    junk: thread.isJunk,
    created_at: thread.createdAt,
    last_message_at: thread.lastMessageAt,
  };
}

function presentMessage(message: ThreadMessage) {
  return {
    object: 'thread_message',
    id: message.id,
    direction: message.direction,
    kind: message.kind,
    message_id: message.messageId,
    inbound_id: message.inboundId,
    delivery_id: message.deliveryId,
    from: message.from,
    subject: message.subject,
    text: message.snippet,
    at: message.at,
  };
}
