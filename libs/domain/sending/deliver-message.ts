import { Outcome, Via } from '#base/contracts';
import { type Logger, messageOf } from '#base/kernel';
import type { SmtpConnection, SmtpOutcome } from '#net/smtp-client';
import { type ReplyRule, type ReplyVerdict, classifyReply } from '#domain/shaping';
import { deferOrExpire, settleAmbiguous } from './ambiguity.policy.js';
import type { AttemptTls } from './attempt-tls.js';
import { type DeliveryOutcome, type OutcomeRecord, queueOutcome, tidyReply } from './delivery-outcome.js';
import type { Journal, JournalEntry } from './journal.js';
import type { BuiltMessage } from './message-builder.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { RetryPolicy } from './retry-schedule.policy.js';
import { packTranscript } from './transcript-codec.js';

/** The worker's lease ran out before the final dot: whoever has it now decides about the message. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** What one transaction came to. */
export type Verdict =
  | {
      readonly kind: 'settled';
      readonly record: Pick<OutcomeRecord, 'outcome' | 'dueAt'>;
      readonly lane?: ReplyVerdict['lane'];
      readonly answered: boolean;
    }
  /** Nothing happened to the message: it goes back to the head of its lane. */
  | { readonly kind: 'unsent'; readonly why: string; readonly lane?: ReplyVerdict['lane']; readonly reply?: string }
  | { readonly kind: 'lease-lost' };

export interface Transaction {
  readonly message: OutgoingMessage;
  readonly built: BuiltMessage;
  readonly connection: SmtpConnection;
  readonly tls: AttemptTls;
  readonly journal: Journal;
  readonly entry: JournalEntry;
  readonly provider: string;
  readonly rules: readonly ReplyRule[];
  readonly retry: RetryPolicy;
  readonly logger: Logger;
  /** Whether the worker may still act for the lane; asked right before the final dot. */
  readonly holdsLease: () => boolean;
  readonly now: () => Date;
}

/** A message under which this many connections broke is itself suspect: it waits like a deferred one. */
const MAX_LOSSES = 3;

/** One message over one connection, with its journal records, and what the answer means. */
export async function deliverMessage(transaction: Transaction): Promise<Verdict> {
  const { message, built, connection, journal, entry } = transaction;
  let smtp: SmtpOutcome;
  try {
    smtp = await connection.send({
      ...built,
      beforeFinalDot: () => {
        if (!transaction.holdsLease()) throw new LeaseLost();
        journal.dot(entry);
      },
    });
  } catch (error) {
    if (error instanceof LeaseLost) return { kind: 'lease-lost' };
    throw error;
  }
  const verdict = judge(transaction, smtp);
  if (verdict.kind === 'settled') journalReply(transaction, verdict.record.outcome);
  else message.losses++;
  return verdict;
}

/** A disk that is full now must not keep a reply that we have from being recorded. */
function journalReply({ journal, entry, logger }: Transaction, outcome: DeliveryOutcome): void {
  try {
    journal.reply(entry, outcome);
  } catch (error) {
    logger.error(
      { reason: messageOf(error), journal: journal.directory },
      'the journal cannot be written; a crash now would leave this message ambiguous',
    );
  }
}

function judge(transaction: Transaction, smtp: SmtpOutcome): Verdict {
  const { message, connection, provider, retry } = transaction;
  const batch = message.lease.facts;
  const facts = {
    via: Via.smtp,
    smtpCode: smtp.reply?.code ?? null,
    enhancedCode: smtp.reply?.enhanced ?? null,
    mx: `${connection.target.hostname} [${connection.target.host}]`,
    tls: transaction.tls,
    durationMs: smtp.durationMs,
    ...(smtp.dialogue !== undefined && { transcript: packTranscript(smtp.dialogue) }),
    at: transaction.now(),
  };
  if (!smtp.reply) return judgeLoss(transaction, smtp, facts);
  const verdict = classifyReply({ ...smtp.reply, provider }, transaction.rules);
  const reply = replyLine(smtp.reply);
  // A server that closes between two messages (its limit, its patience) says nothing about the second.
  if (smtp.reply.code === 421 && smtp.stage === 'mail' && message.losses < MAX_LOSSES)
    return { kind: 'unsent', why: reply, reply, ...(verdict.lane && { lane: verdict.lane }) };
  const outcome: DeliveryOutcome = { ...facts, outcome: verdict.outcome, bounceClass: verdict.bounceClass ?? null, reply };
  const record = verdict.outcome === Outcome.deferred ? deferOrExpire(batch, outcome, retry) : { outcome };
  return { kind: 'settled', record, answered: true, ...(verdict.lane && { lane: verdict.lane }) };
}

function judgeLoss(
  { message, retry }: Transaction,
  smtp: SmtpOutcome,
  facts: Omit<DeliveryOutcome, 'outcome' | 'bounceClass' | 'reply'>,
): Verdict {
  const batch = message.lease.facts;
  const why = smtp.reason ?? 'the connection broke';
  if (smtp.isAmbiguous) return { kind: 'settled', answered: false, record: settleAmbiguous(batch, facts, why, retry) };
  if (message.losses + 1 < MAX_LOSSES) return { kind: 'unsent', why };
  const outcome = queueOutcome(
    Outcome.deferred,
    `the connection broke ${MAX_LOSSES} times while this message was sent: ${why}`,
    facts.at,
    facts,
  );
  return { kind: 'settled', answered: false, record: deferOrExpire(batch, outcome, retry) };
}

/** A reply as a server says it, in one line. */
export function replyLine({
  code,
  enhanced,
  text,
}: {
  readonly code: number;
  readonly enhanced?: string | undefined;
  readonly text: string;
}): string {
  return tidyReply(`${code}${enhanced ? ` ${enhanced}` : ''} ${text}`);
}

/** What cannot be built is never sent, and never tried again. */
export function unbuildable(error: unknown, at: Date): DeliveryOutcome {
  return queueOutcome(Outcome.failed, `The message could not be made: ${messageOf(error)}`, at);
}
