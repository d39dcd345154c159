import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import * as z from 'zod';
import { type ActorContext, ChaparError, defineErrors } from '#base/kernel';
import type { AuthenticatedKey } from '#domain/accounts';
import { SuppressionService } from '#domain/audience';
import {
  MessageDirectory,
  type PostmarkEmail,
  type PostmarkTemplateEmail,
  fromPostmark,
  postmarkAccepted,
  postmarkEmailSchema,
  postmarkErrorCode,
  postmarkMessage,
  postmarkMessageDetails,
  postmarkTemplateSchema,
} from '#domain/messages';
import { tryParseAddress } from '#protocol/mime';
import { Access, CurrentActor, CurrentKey } from '../../http/access.guard.js';
import { BadRequest } from '../../http/bad-request.js';
import { type CompatCaller, CompatSender } from './compat-sender.js';

const postmarkError = defineErrors({
  recipients_inactive: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'Every recipient of the message is suppressed. Remove them from the suppressions, or leave them out.',
  },
});

const MAX_BATCH = 500;
const batchSchema = z.array(z.unknown()).min(1).max(MAX_BATCH).meta({ id: 'PostmarkBatch' });
const templateBatchSchema = z.strictObject({ Messages: batchSchema }).meta({ id: 'PostmarkTemplateBatch' });
const listSchema = z.looseObject({ count: z.coerce.number().int().min(1).max(500).default(50) });

/** Postmark's API, for its clients: sending, batches, and reading what was sent. */
@Controller('compat/postmark')
@Access('sending')
export class PostmarkController {
  constructor(
    private readonly sender: CompatSender,
    private readonly directory: MessageDirectory,
    private readonly suppressions: SuppressionService,
  ) {}

  @Post('email')
  @HttpCode(200)
  send(
    @CurrentActor() actor: ActorContext,
    @CurrentKey() key: AuthenticatedKey | undefined,
    @Body({ schema: postmarkEmailSchema }) email: PostmarkEmail,
  ) {
    return this.accept({ actor, key }, email);
  }

  @Post('email/withTemplate')
  @HttpCode(200)
  sendTemplate(
    @CurrentActor() actor: ActorContext,
    @CurrentKey() key: AuthenticatedKey | undefined,
    @Body({ schema: postmarkTemplateSchema }) email: PostmarkTemplateEmail,
  ) {
    return this.accept({ actor, key }, email);
  }

  /** Each for itself, as Postmark has it. */
  @Post('email/batch')
  @HttpCode(200)
  sendBatch(
    @CurrentActor() actor: ActorContext,
    @CurrentKey() key: AuthenticatedKey | undefined,
    @Body({ schema: batchSchema }) emails: unknown[],
  ) {
    return Promise.all(emails.map((email) => this.acceptOne({ actor, key }, postmarkEmailSchema, email)));
  }

  @Post('email/batchWithTemplates')
  @HttpCode(200)
  sendTemplateBatch(
    @CurrentActor() actor: ActorContext,
    @CurrentKey() key: AuthenticatedKey | undefined,
    @Body({ schema: templateBatchSchema }) { Messages }: z.output<typeof templateBatchSchema>,
  ) {
    return Promise.all(Messages.map((email) => this.acceptOne({ actor, key }, postmarkTemplateSchema, email)));
  }

  @Get('messages/outbound')
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: listSchema }) { count }: z.output<typeof listSchema>) {
    const { messages } = await this.directory.list(actor, { limit: Math.min(count, 100) });
    return { TotalCount: messages.length, Messages: messages.map(postmarkMessage) };
  }

  @Get('messages/outbound/:id/details')
  async details(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return postmarkMessageDetails(await this.directory.get(actor, id));
  }

  private async acceptOne(caller: CompatCaller, schema: typeof postmarkEmailSchema | typeof postmarkTemplateSchema, email: unknown) {
    try {
      const parsed = schema.safeParse(email);
      if (!parsed.success) throw BadRequest.from(parsed.error.issues);
      return await this.accept(caller, parsed.data);
    } catch (error) {
      if (!(error instanceof ChaparError) || error.kind === 'unavailable' || error.kind === 'internal') throw error;
      return { ErrorCode: postmarkErrorCode(error.code), Message: error.message };
    }
  }

  private async accept(caller: CompatCaller, email: PostmarkEmail | PostmarkTemplateEmail) {
    const request = fromPostmark(email);
    const addresses = [request.to, request.cc, request.bcc].flatMap((list) => list ?? []).flatMap((text) => addressOf(text) ?? []);
    const inactive = [...(await this.suppressions.check(caller.actor, addresses, 'transactional')).keys()];
    if (addresses.length > 0 && addresses.every((address) => inactive.includes(address)))
      throw postmarkError('recipients_inactive', `You tried to send to recipients that are suppressed: ${inactive.join(', ')}.`);
    const { messages } = await this.sender.send(caller, [request]);
    return postmarkAccepted(messages[0]!.id, email, new Date(), inactive);
  }
}

function addressOf(text: string): string | undefined {
  const parsed = tryParseAddress(text);
  return parsed.ok ? parsed.value.address : undefined;
}
