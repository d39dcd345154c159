import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type ActorContext, uuidv7 } from '#base/kernel';
import type { AuthenticatedKey } from '#domain/accounts';
import { type SendGridMail, fromSendGrid, isSendGridRehearsal, sendgridMailSchema } from '#domain/messages';
import { Access, CurrentActor, CurrentKey } from '../../http/access.guard.js';
import { CompatSender } from './compat-sender.js';

/** SendGrid's `mail/send`, for its clients. */
@Controller('compat/sendgrid/v3')
@Access('sending')
export class SendGridController {
  constructor(private readonly sender: CompatSender) {}

  @Post('mail/send')
  @HttpCode(202)
  async send(
    @CurrentActor() actor: ActorContext,
    @CurrentKey() key: AuthenticatedKey | undefined,
    @Body({ schema: sendgridMailSchema }) mail: SendGridMail,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const requests = fromSendGrid(mail);
    if (isSendGridRehearsal(mail)) {
      void reply.status(200).header('x-message-id', uuidv7());
      return;
    }
    const { messages } = await this.sender.send({ actor, key }, requests);
    void reply.header('x-message-id', messages[0]!.id);
  }
}
