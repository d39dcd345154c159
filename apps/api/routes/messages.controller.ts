import { Controller, Get, Param, Query } from '@nestjs/common';
import * as z from 'zod';
import { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { type MessageTrace, traceMessage } from '#domain/sending';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { operatorOf } from './queue-operator.js';
import { tracesAnswer } from '../schemas/message.schema.js';

const scopeSchema = z.strictObject({ scope: z.enum(['workspace', 'instance']).default('workspace') });

/** Single messages to single recipients. */
@Controller('v1/messages')
@Access('signed-in')
export class MessagesController {
  constructor(private readonly dataSource: DataSource) {}

  /** `id`: of a delivery, a Message-ID of ours, or an address: then the last messages to it. */
  @Answers(tracesAnswer)
  @Get(':id/trace')
  async trace(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Query({ schema: scopeSchema }) query: z.output<typeof scopeSchema>,
  ) {
    const traces = await traceMessage(this.dataSource, await operatorOf(this.dataSource, actor, query.scope), id);
    return { object: 'list', has_more: false, data: traces.map(present) };
  }
}

function present(trace: MessageTrace) {
  const { queue } = trace;
  return {
    object: 'message_trace',
    id: trace.id,
    message_id: trace.messageId,
    workspace_id: trace.workspaceId,
    email: trace.email,
    kind: trace.kind,
    contact_id: trace.contactId,
    campaign: trace.campaign,
    accepted_at: trace.acceptedAt,
    state: trace.state,
    queue: queue && {
      batch_id: queue.batchId,
      site: queue.site,
      provider: queue.provider,
      attempt: queue.attempt,
      due_at: queue.dueAt,
      expires_at: queue.expiresAt,
      held_by: queue.heldBy,
      is_leased: queue.isLeased,
      lane_reason: queue.laneReason,
    },
    attempts: trace.attempts.map((attempt) => ({
      number: attempt.number,
      at: attempt.at,
      outcome: attempt.outcome,
      via: attempt.via,
      bounce_class: attempt.bounceClass,
      smtp_code: attempt.smtpCode,
      enhanced_code: attempt.enhancedCode,
      reply: attempt.reply,
      mx: attempt.mx,
      site: attempt.site,
      tls: attempt.tls,
      duration_ms: attempt.durationMs,
      transcript: attempt.transcript,
    })),
    events: trace.events.map(({ at, kind, actor, actorReason, link, data }) => ({
      at,
      kind,
      actor,
      actor_reason: actorReason,
      link,
      data,
    })),
    inbound: trace.inbound.map(({ id, kind, from, subject, receivedAt }) => ({ id, kind, from, subject, received_at: receivedAt })),
    suppression: trace.suppression,
  };
}
