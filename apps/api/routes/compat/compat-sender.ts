import { Inject, Injectable } from '@nestjs/common';
import type { ActorContext } from '#base/kernel';
import type { AuthenticatedKey } from '#domain/accounts';
import { type AcceptedMessages, type AttachmentFetch, MessageAcceptor, type SendEmailRequest, toDraft } from '#domain/messages';
import { FETCH_ATTACHMENT } from '../../tokens.js';

/** Who asks. */
export interface CompatCaller {
  readonly actor: ActorContext;
  readonly key: AuthenticatedKey | undefined;
}

/** Hands translated requests to the one acceptance that all APIs share. */
@Injectable()
export class CompatSender {
  constructor(
    @Inject(MessageAcceptor) private readonly acceptor: MessageAcceptor,
    @Inject(FETCH_ATTACHMENT) private readonly fetch: AttachmentFetch,
  ) {}

  /** All of them, or none. */
  async send({ actor, key }: CompatCaller, requests: readonly SendEmailRequest[]): Promise<AcceptedMessages> {
    const now = new Date();
    const drafts = await Promise.all(requests.map((request) => toDraft(request, this.fetch, now)));
    const { response } = await this.acceptor.accept(actor, drafts, { apiKeyId: key?.id ?? null, keyDomain: key?.domain ?? null });
    return response as AcceptedMessages;
  }
}
