import type { DataSource } from 'typeorm';
import { type ActorContext, ChaparError, type Clock, systemClock } from '#base/kernel';
import type { SiteDirectory } from '#domain/sending';
import { GroupCommit, type GroupCommitOptions } from './group-commit.js';
import { IdempotencyKeys, type IdempotentRequest } from './idempotency.js';
import { LaneDirectory } from './lane-directory.js';
import type { MessageDraft, Submission } from './message-draft.js';
import { messagesError } from './messages.errors.js';
import { checkTopics } from './message-topics.js';
import { prepareDraft, readSender } from './prepare-draft.js';
import { prepareRaw, readRaw } from './prepare-raw.js';
import type { PreparedMessage } from './prepared-message.js';
import { SenderDomains } from './sender-domains.js';
import { TemplateRenderer } from './template-renderer.js';

/** Where messages lie that are too large for a row. */
export interface MessageBlobs {
  put(workspaceId: string, content: Uint8Array): Promise<{ readonly ref: string }>;
}

export interface MessageAcceptorOptions {
  readonly dataSource: DataSource;
  readonly sites: Pick<SiteDirectory, 'lookup'>;
  readonly blobs: MessageBlobs;
  /** In live delivery nothing leaves for the sandbox. */
  readonly delivery: 'sandbox' | 'live';
  readonly clock?: Clock;
  readonly groupCommit?: GroupCommitOptions;
}

export interface AcceptOptions {
  /** The key that asks, if it is one. */
  readonly apiKeyId?: string | null;
  /** The one domain that the key may send from. */
  readonly keyDomain?: string | null;
  /** Of a mailbox: the addresses that it may send from, with or without `+detail`. Lower case. */
  readonly ownAddresses?: readonly string[];
  /** Accept what is good and say what is not; without it, one bad message refuses all. */
  readonly isPermissive?: boolean;
  readonly idempotency?: IdempotentRequest | undefined;
  /** What to answer, stored with the key: built from the outcome before anything is written. By default the outcome itself. */
  readonly respond?: (outcome: AcceptedMessages) => unknown;
}

export interface AcceptedMessage {
  readonly id: string;
  /** Place in what was handed over. */
  readonly index: number;
  readonly messageId: string;
}

export interface AcceptedMessages {
  readonly messages: readonly AcceptedMessage[];
  /** Those that were refused, with `isPermissive`. */
  readonly errors: readonly { readonly index: number; readonly error: ChaparError }[];
}

export interface AcceptResult {
  readonly response: unknown;
  /** The answer of an earlier request with the same key: nothing was accepted now. */
  readonly isReplay: boolean;
}

/** Measured: below, a row is written faster than a file is made durable. */
const MAX_ROW_BYTES = 128 * 1024;

/**
 * Takes mail from programs: checks it, composes it, and writes it down with its recipients and their place in the queue.
 * When `accept` returns, the mail is durable and will be delivered, bounced or expired; when it throws, nothing was accepted.
 */
export class MessageAcceptor {
  private readonly domains: SenderDomains;
  private readonly lanes: LaneDirectory;
  private readonly keys: IdempotencyKeys;
  private readonly commits: GroupCommit;
  private readonly templates: TemplateRenderer;
  private readonly clock: Clock;

  constructor(private readonly options: MessageAcceptorOptions) {
    const { dataSource } = options;
    this.domains = new SenderDomains(dataSource, options.delivery);
    this.lanes = new LaneDirectory(dataSource, options.sites);
    this.keys = new IdempotencyKeys(dataSource);
    this.commits = new GroupCommit(dataSource, options.groupCommit);
    this.templates = new TemplateRenderer(dataSource);
    this.clock = options.clock ?? systemClock;
  }

  /**
   * @throws ChaparError `message_invalid`, `sender_invalid`, `sender_domain_unverified`, `sender_domain_refused`, `attachment_invalid`,
   * `idempotency_key_*`, `accepting_overloaded`, and what templates refuse; in a batch, details name the message: `[2].to`
   */
  async accept(context: ActorContext, submissions: readonly Submission[], options: AcceptOptions = {}): Promise<AcceptResult> {
    const { idempotency } = options;
    if (!idempotency) return { response: await this.acceptOnce(context, submissions, options), isReplay: false };
    const outcome = await this.keys.once(context.workspaceId, idempotency, () => this.acceptOnce(context, submissions, options));
    return outcome.isReplay ? outcome : { response: outcome.result, isReplay: false };
  }

  private async acceptOnce(context: ActorContext, submissions: readonly Submission[], options: AcceptOptions): Promise<unknown> {
    const { prepared, errors } = await this.prepareAll(context, submissions, options);
    const outcome: AcceptedMessages = {
      messages: prepared.map(({ message, index }) => ({ id: message.id, index, messageId: message.messageId })),
      errors,
    };
    const response = options.respond ? options.respond(outcome) : outcome;
    if (prepared.length === 0) return response;
    const messages = await Promise.all(prepared.map(({ message }) => this.spool(message)));
    const deliveries = messages.flatMap((message) => message.deliveries.map((delivery) => ({ ...message, ...delivery, delivery })));
    const lanes = await this.lanes.lanesOf(deliveries);
    const laneOf = new Map(deliveries.map(({ delivery }, at) => [delivery, lanes[at]!]));
    const result = await this.commits.commit({
      messages,
      laneOf: (delivery) => laneOf.get(delivery)!,
      claim: options.idempotency && { workspaceId: context.workspaceId, ...options.idempotency, response },
    });
    return result === 'duplicate' ? 'duplicate' : response;
  }

  private async prepareAll(context: ActorContext, submissions: readonly Submission[], options: AcceptOptions) {
    const prepared: { message: PreparedMessage; index: number }[] = [];
    const errors: { index: number; error: ChaparError }[] = [];
    await checkTopics(this.options.dataSource, context, submissions);
    for (const [index, submission] of submissions.entries()) {
      try {
        prepared.push({ message: await this.prepare(context, submission, options), index });
      } catch (error) {
        if (!(error instanceof ChaparError)) throw error;
        errors.push({ index, error });
      }
    }
    if (errors.length > 0 && !options.isPermissive) throw submissions.length === 1 ? errors[0]!.error : together(errors);
    return { prepared, errors };
  }

  private async prepare(context: ActorContext, submission: Submission, options: AcceptOptions): Promise<PreparedMessage> {
    const { workspaceId } = context;
    const now = this.clock.now();
    const head = 'raw' in submission ? readRaw(submission.raw) : undefined;
    const from = readSender(head ? head.from : (submission as MessageDraft).from);
    if (options.keyDomain && from.domain !== options.keyDomain && !from.domain.endsWith(`.${options.keyDomain}`))
      throw messagesError('sender_domain_refused', `This API key may send only from ${options.keyDomain}.`);
    if (options.ownAddresses && !options.ownAddresses.includes(withoutDetail(from.address)))
      throw messagesError('sender_address_refused', `This mailbox sends only from ${options.ownAddresses.slice(0, 5).join(', ')}.`);
    const domain = await this.domains.verified(workspaceId, from.domain);
    const sender = { workspaceId, apiKeyId: options.apiKeyId ?? null, domainId: domain.id, from };
    if ('raw' in submission) return prepareRaw(submission, head!, sender, now);
    return prepareDraft(await this.templates.fill(context, submission), sender, now);
  }

  private async spool(message: PreparedMessage): Promise<PreparedMessage> {
    if (message.content.length <= MAX_ROW_BYTES) return message;
    const { ref } = await this.options.blobs.put(message.workspaceId, message.content);
    return { ...message, blob: ref };
  }
}

/** What is wrong with a batch, each with the place of its message. */
function together(errors: readonly { index: number; error: ChaparError }[]): ChaparError {
  const [first] = errors;
  const details = errors.flatMap(({ index, error }) => {
    if (error.details.length === 0) return [{ field: `[${index}]`, code: error.code, message: error.message }];
    return error.details.map((detail) => ({ ...detail, field: `[${index}].${detail.field ?? ''}` }));
  });
  const message = `${errors.length === 1 ? 'One message of the batch is' : `${errors.length} messages of the batch are`} not acceptable, so none was accepted: [${first!.index}] ${first!.error.message}`;
  return new ChaparError(first!.error.code, message, {
    details: details.slice(0, 100),
    ...(first!.error.suggestion && { suggestion: first!.error.suggestion }),
  });
}

/** `ann+shop@example.org` is Ann's as well (RFC 5233). */
function withoutDetail(address: string): string {
  return address.toLowerCase().replace(/^([^+@]+)\+[^@]*@/, '$1@');
}
