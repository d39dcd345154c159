import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import type { ActorContext } from '#base/kernel';
import { type AcceptedMessages, type MessageAcceptor } from '../message-acceptor.js';
import type { DsnRequest } from '../message-draft.js';
import { readRaw } from '../prepare-raw.js';
import { readSubmissionHeaders } from './submission-headers.js';

/** Who submits: an API key, or a mailbox. */
export interface Submitter {
  readonly context: ActorContext;
  readonly apiKeyId: string | null;
  /** The one domain it may send from. */
  readonly domain: string | null;
}

export interface SubmittedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly dsn?: DsnRequest | undefined;
}

/** Takes what SMTP submission hands over, by the same rules as the send API. */
export class SubmissionIntake {
  constructor(
    private readonly acceptor: Pick<MessageAcceptor, 'accept'>,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /**
   * @returns the id of the message, which is durable by then
   * @throws ChaparError as `MessageAcceptor.accept`; the stream's own error when it fails
   */
  async take(submitter: Submitter, { from, to, dsn }: SubmittedMail, content: Readable): Promise<string> {
    const raw = await buffer(content);
    const { options, idempotencyKey } = readSubmissionHeaders(readRaw(raw).headers, this.now());
    const hash = () =>
      createHash('sha256')
        .update(JSON.stringify([from, to]))
        .update(withoutTrace(raw))
        .digest();
    const { response } = await this.acceptor.accept(submitter.context, [{ ...options, raw, envelope: { from, to }, ...(dsn && { dsn }) }], {
      apiKeyId: submitter.apiKeyId,
      keyDomain: submitter.domain,
      ...(idempotencyKey !== undefined && { idempotency: { endpoint: 'smtp', key: idempotencyKey, hash: hash() } }),
    });
    return (response as AcceptedMessages).messages[0]!.id;
  }
}

/** Our own Received field differs each time; the same mail sent again is the same mail. */
function withoutTrace(raw: Buffer): Buffer {
  const end = /^Received:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n/i.exec(raw.subarray(0, 2_000).toString('latin1'))?.[0].length ?? 0;
  return raw.subarray(end);
}
