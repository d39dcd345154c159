import { createHash } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import { DataSource } from 'typeorm';
import { type ActorContext, ChaparError } from '#base/kernel';
import type { AuthenticatedKey } from '#domain/accounts';
import {
  type AcceptOptions,
  type AcceptedMessages,
  type AttachmentFetch,
  MAX_BATCH,
  MessageAcceptor,
  MessageDirectory,
  presentEmail,
  presentEmailDetail,
  presentLife,
  rescheduleSchema,
  type SendEmailRequest,
  sendEmailSchema,
  type Submission,
  time,
  toDraft,
} from '#domain/messages';
import { traceMessage } from '#domain/sending';
import { Access, CurrentActor, CurrentKey } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { BadRequest } from '../http/bad-request.js';
import { pageSchema } from '../http/page-query.js';
import { FETCH_ATTACHMENT } from '../tokens.js';
import { emailAnswer, emailsAnswer } from '../schemas/message.schema.js';

const batchSchema = z.array(z.unknown()).min(1).max(MAX_BATCH).meta({ id: 'SendBatch' });

interface Failed {
  readonly index: number;
  readonly message: string;
}

/** Single messages and small batches, in the shape of Resend's API. */
@Controller(['emails', 'v1/emails'])
@Access('sending')
export class EmailsController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly acceptor: MessageAcceptor,
    private readonly directory: MessageDirectory,
    @Inject(FETCH_ATTACHMENT) private readonly fetch: AttachmentFetch,
  ) {}

  @Post()
  @HttpCode(200)
  async send(
    @CurrentActor() actor: ActorContext,
    @CurrentKey() key: AuthenticatedKey | undefined,
    @Body({ schema: sendEmailSchema }) body: SendEmailRequest,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const draft = await toDraft(body, this.fetch, new Date());
    return this.accept(actor, [draft], reply, {
      ...senderOf(key),
      idempotency: idempotent('POST /emails', idempotencyKey, body),
      respond: ({ messages }) => ({ id: messages[0]!.id }),
    });
  }

  /** `x-batch-validation: permissive` takes what is good and says what is not; otherwise all or nothing. */
  @Post('batch')
  @HttpCode(200)
  async sendBatch(
    @CurrentActor() actor: ActorContext,
    @CurrentKey() key: AuthenticatedKey | undefined,
    @Body({ schema: batchSchema }) body: unknown[],
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Headers('x-batch-validation') validation: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const isPermissive = validation?.toLowerCase() === 'permissive';
    const { drafts, failed } = await this.readBatch(body, isPermissive);
    return this.accept(
      actor,
      drafts.map(({ draft }) => draft),
      reply,
      {
        ...senderOf(key),
        isPermissive,
        idempotency: idempotent(`POST /emails/batch ${isPermissive}`, idempotencyKey, body),
        respond: ({ messages, errors }: AcceptedMessages) => {
          const refused = errors.map(({ index, error }): Failed => ({ index: drafts[index]!.index, message: error.message }));
          const all = [...failed, ...refused].sort((a, b) => a.index - b.index);
          return { data: messages.map(({ id }) => ({ id })), ...(isPermissive && { errors: all }) };
        },
      },
    );
  }

  @Answers(emailsAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: pageSchema }) query: z.output<typeof pageSchema>) {
    const { messages, hasMore } = await this.directory.list(actor, query);
    return { object: 'list', has_more: hasMore, data: messages.map(presentEmail) };
  }

  @Answers(emailAnswer)
  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return presentEmailDetail(await this.directory.get(actor, id));
  }

  /** The whole life of a message: each attempt with what the server said, and what came of it. */
  @Get(':id/events')
  async events(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    const { id: known } = await this.directory.get(actor, id);
    return { object: 'list', has_more: false, data: presentLife(await traceMessage(this.dataSource, actor, known)) };
  }

  @Patch(':id')
  async reschedule(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: rescheduleSchema }) body: z.output<typeof rescheduleSchema>,
  ) {
    await this.directory.reschedule(actor, id, time('scheduled_at', body.scheduled_at, new Date())!);
    return { object: 'email', id };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  async cancel(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    await this.directory.cancel(actor, id);
    return { object: 'email', id };
  }

  private async accept(
    actor: ActorContext,
    submissions: readonly Submission[],
    reply: FastifyReply,
    options: AcceptOptions,
  ): Promise<unknown> {
    const { response, isReplay } = await this.acceptor.accept(actor, submissions, options);
    if (isReplay) void reply.header('idempotent-replayed', 'true');
    return response;
  }

  /** Message by message, so that each problem is said with its place. */
  private async readBatch(body: readonly unknown[], isPermissive: boolean) {
    const drafts: { draft: Submission; index: number }[] = [];
    const failed: Failed[] = [];
    const problems: ChaparError[] = [];
    const now = new Date();
    for (const [index, one] of body.entries()) {
      try {
        const parsed = sendEmailSchema.safeParse(one);
        if (!parsed.success) throw BadRequest.from(parsed.error.issues, `[${index}]`);
        drafts.push({ draft: await toDraft(parsed.data, this.fetch, now), index });
      } catch (error) {
        if (!(error instanceof ChaparError)) throw error;
        problems.push(error);
        failed.push({ index, message: error.message });
      }
    }
    if (problems.length > 0 && !isPermissive) throw problems[0]!;
    return { drafts, failed };
  }
}

function senderOf(key: AuthenticatedKey | undefined): Pick<AcceptOptions, 'apiKeyId' | 'keyDomain'> {
  return { apiKeyId: key?.id ?? null, keyDomain: key?.domain ?? null };
}

function idempotent(endpoint: string, key: string | undefined, body: unknown): AcceptOptions['idempotency'] {
  if (key === undefined) return undefined;
  return { endpoint, key, hash: createHash('sha256').update(JSON.stringify(body)).digest() };
}
