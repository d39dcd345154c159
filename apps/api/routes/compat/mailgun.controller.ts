import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ActorContext } from '#base/kernel';
import type { AuthenticatedKey } from '#domain/accounts';
import { type MailgunForm, fromMailgun } from '#domain/messages';
import { Access, CurrentActor, CurrentKey } from '../../http/access.guard.js';
import { CompatSender } from './compat-sender.js';

/** Mailgun's `messages`, for its clients. */
@Controller('compat/mailgun/v3')
@Access('sending')
export class MailgunController {
  constructor(private readonly sender: CompatSender) {}

  @Post(':domain/messages')
  @HttpCode(200)
  async send(
    @CurrentActor() actor: ActorContext,
    @CurrentKey() key: AuthenticatedKey | undefined,
    @Param('domain') _domain: string,
    @Req() request: FastifyRequest,
  ) {
    const form = (request.body ?? { fields: [], files: [] }) as MailgunForm;
    const { messages } = await this.sender.send({ actor, key }, fromMailgun('fields' in form ? form : { fields: [], files: [] }));
    return { id: messages[0]!.messageId, message: 'Queued. Thank you.' };
  }
}
