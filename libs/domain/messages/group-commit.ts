import type { DataSource } from 'typeorm';
import { messageOf } from '#base/kernel';
import { QUEUE_CHANNEL } from '#domain/sending';
import { ACCEPT } from './accept-sql.js';
import { messagesError } from './messages.errors.js';
import type { PreparedDelivery, PreparedMessage } from './prepared-message.js';

/** What a request repeats itself by, and what its repetition is answered with. */
export interface IdempotencyClaim {
  readonly workspaceId: string;
  readonly endpoint: string;
  readonly key: string;
  readonly hash: Buffer;
  readonly response: unknown;
}

/** A request's messages: written down together, or not at all. */
export interface CommitRequest {
  readonly messages: readonly PreparedMessage[];
  readonly laneOf: (delivery: PreparedDelivery) => number;
  readonly claim: IdempotencyClaim | undefined;
}

/** `duplicate`: the idempotency key was there before, and nothing was written. */
export type CommitResult = 'accepted' | 'duplicate';

interface Waiting extends CommitRequest {
  readonly bytes: number;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions {
  /** Transactions at once: the next one is made up while the disk is busy with the one before. */
  readonly concurrency?: number;
  readonly maxGroupMessages?: number;
  readonly maxGroupBytes?: number;
  readonly maxWaitingBytes?: number;
}

/**
 * Requests that come while a transaction is on its way to the disk share the next one. So the cost of being durable is paid
 * once for all of them, and one alone waits for nobody. When a group fails, each of its requests is tried alone.
 */
export class GroupCommit {
  private readonly waiting: Waiting[] = [];
  private waitingBytes = 0;
  private running = 0;
  private isWaking = false;
  private wakeAgain = false;
  private readonly options: Required<GroupCommitOptions>;

  constructor(
    private readonly dataSource: DataSource,
    options: GroupCommitOptions = {},
  ) {
    this.options = {
      concurrency: 2,
      maxGroupMessages: 500,
      maxGroupBytes: 8 * 1024 * 1024,
      maxWaitingBytes: 128 * 1024 * 1024,
      ...options,
    };
  }

  /** Durable when it resolves. @throws ChaparError `accepting_overloaded` */
  commit(request: CommitRequest): Promise<CommitResult> {
    const bytes = request.messages.reduce((sum, { content, blob }) => sum + 1_000 + (blob === null ? content.length : 0), 0);
    if (this.waitingBytes > 0 && this.waitingBytes + bytes > this.options.maxWaitingBytes)
      return Promise.reject(messagesError('accepting_overloaded', 'More mail is waiting to be written down than there is memory for.'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...request, bytes, resolve, reject });
      this.waitingBytes += bytes;
      // After this turn of the event loop: requests that came in one packet share a transaction from the start.
      if (this.running < this.options.concurrency) setImmediate(() => this.pump());
    });
  }

  private pump(): void {
    while (this.running < this.options.concurrency && this.waiting.length > 0) {
      this.running++;
      void this.run(this.takeGroup()).finally(() => {
        this.running--;
        this.pump();
      });
    }
  }

  private takeGroup(): Waiting[] {
    let messages = 0;
    let bytes = 0;
    let count = 0;
    while (count < this.waiting.length) {
      const next = this.waiting[count]!;
      const isFull = messages + next.messages.length > this.options.maxGroupMessages || bytes + next.bytes > this.options.maxGroupBytes;
      if (count > 0 && isFull) break;
      messages += next.messages.length;
      bytes += next.bytes;
      count++;
    }
    this.waitingBytes -= bytes;
    return this.waiting.splice(0, count);
  }

  private async run(group: readonly Waiting[]): Promise<void> {
    try {
      const accepted = await this.write(group);
      for (const [n, request] of group.entries()) request.resolve(accepted.has(n) ? 'accepted' : 'duplicate');
    } catch (error) {
      if (group.length > 1 && isAboutContent(error)) for (const request of group) await this.run([request]);
      else for (const request of group) request.reject(refusal(error));
    }
  }

  private async write(group: readonly Waiting[]): Promise<Set<number>> {
    const bodies: Buffer[] = [];
    let at = 0;
    const place = (message: PreparedMessage) => {
      if (message.blob !== null) return {};
      bodies.push(message.content);
      at += message.content.length;
      return { body_at: at - message.content.length, body_bytes: message.content.length };
    };
    const rows = (await this.dataSource.query(ACCEPT, [
      JSON.stringify(group.map(({ claim, messages }, n) => requestRow(n, claim, messages[0]!.workspaceId))),
      JSON.stringify(group.flatMap(({ messages }, n) => messages.map((message) => ({ ...messageRow(n, message), ...place(message) })))),
      JSON.stringify(group.flatMap(({ messages, laneOf }) => messages.flatMap((message) => recipientRows(message, laneOf)))),
      Buffer.concat(bodies, at),
    ])) as { n: number }[];
    this.wakeSender();
    return new Set(rows.map(({ n }) => n));
  }

  /** Outside the transaction, because a NOTIFY takes a lock that all commits share; one is enough for all that happened meanwhile. */
  private wakeSender(): void {
    if (this.isWaking) {
      this.wakeAgain = true;
      return;
    }
    this.isWaking = true;
    const done = () => {
      this.isWaking = false;
      if (!this.wakeAgain) return;
      this.wakeAgain = false;
      this.wakeSender();
    };
    // A hint: the sender looks by itself, a moment later.
    this.dataSource.query('SELECT pg_notify($1, $2)', [QUEUE_CHANNEL, '']).then(done, done);
  }
}

/** Class 22 and 23 of SQLSTATE are about data: somebody's text, not the server. */
function isAboutContent(error: unknown): boolean {
  return /^2[23]/.test((error as { code?: string }).code ?? '');
}

function refusal(error: unknown): unknown {
  if (isAboutContent(error)) return messagesError('message_invalid', `The message cannot be stored: ${messageOf(error)}`, { cause: error });
  return messagesError('accepting_overloaded', 'The message could not be written down; it was not accepted.', { cause: error });
}

function requestRow(n: number, claim: IdempotencyClaim | undefined, workspaceId: string) {
  if (!claim) return { n, workspace_id: workspaceId };
  return {
    n,
    workspace_id: workspaceId,
    endpoint: claim.endpoint,
    key: claim.key,
    hash: claim.hash.toString('hex'),
    response: claim.response,
  };
}

function messageRow(n: number, message: PreparedMessage) {
  return {
    n,
    id: message.id,
    workspace_id: message.workspaceId,
    domain_id: message.domainId,
    api_key_id: message.apiKeyId,
    origin: message.origin,
    class: message.class,
    stream: message.stream,
    sender: message.sender,
    recipients: message.recipients,
    reply_to: message.replyTo,
    subject: message.subject,
    message_id: message.messageId,
    topic_id: message.topicId,
    tags: message.tags,
    metadata: message.metadata,
    envelope_from: message.envelopeFrom,
    dsn: message.dsn,
    spool: message.spool,
    size_bytes: message.content.length,
    blob: message.blob,
    scheduled_at: message.scheduledAt,
    expires_at: message.expiresAt,
    created_at: message.createdAt,
  };
}

function recipientRows(message: PreparedMessage, laneOf: (delivery: PreparedDelivery) => number) {
  return message.deliveries.map((delivery) => ({
    message_id: message.id,
    email: delivery.email,
    key: delivery.key,
    lane_id: laneOf(delivery),
  }));
}
