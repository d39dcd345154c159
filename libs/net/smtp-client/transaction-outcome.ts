import type { SmtpCapabilities, SmtpReply, SmtpStage, TransactionMachine, TransactionResult } from '#protocol/smtp';
import type { ClientTransaction, SmtpOutcome } from './smtp-client.types.js';

/** What the server would say to this message, without spending the traffic. */
export function unfit(
  { sizeBytes, needsSmtpUtf8 }: ClientTransaction,
  { maxSizeBytes, smtpUtf8 }: SmtpCapabilities,
): SmtpReply | undefined {
  // RFC 1870 §6.1
  if (maxSizeBytes > 0 && sizeBytes > maxSizeBytes)
    return { code: 552, enhanced: '5.3.4', text: `the message has ${sizeBytes} bytes and the server takes ${maxSizeBytes}` };
  // RFC 6531 §3.2: not to be asked of a server that does not offer it; X.6.7 of RFC 6531 §4.3.
  if (needsSmtpUtf8 && !smtpUtf8)
    return { code: 550, enhanced: '5.6.7', text: 'the address is not ASCII and the server does not offer SMTPUTF8' };
  return undefined;
}

/** What a reply makes of a message. */
export function verdict(result: TransactionResult): Pick<SmtpOutcome, 'kind' | 'stage' | 'reply'> {
  if (result.kind === 'accepted') return { kind: 'accepted', stage: result.stage, reply: result.reply };
  // A reply outside its place, such as 250 to DATA, is taken for a failure that may pass.
  return { kind: result.reply.code >= 500 ? 'rejected' : 'deferred', stage: result.stage, reply: result.reply };
}

/** For a message to one nothing, which costs nothing. */
export function eachRecipient(
  { moreRecipients }: ClientTransaction,
  machine: TransactionMachine,
  of: TransactionResult | { readonly kind: 'lost'; readonly stage: SmtpStage },
): Pick<SmtpOutcome, 'recipients'> {
  if (!moreRecipients || moreRecipients.length === 0) return {};
  return {
    recipients: Array.from({ length: 1 + moreRecipients.length }, (_, place) => {
      const own = machine.refusalOf(place);
      return own ? verdict(own) : of.kind === 'lost' ? of : verdict(of);
    }),
  };
}
