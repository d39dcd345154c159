import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { InboundIntake, InboundRecipients } from '#domain/feedback';
import type { SmtpPolicy } from '#net/smtp-listener';

/** Reports are small; only people send large letters, and they write to reply addresses. */
export const MAX_REPORT_BYTES = 5 * 1024 * 1024;

export interface MxPolicyParts {
  readonly recipients: Pick<InboundRecipients, 'find' | 'claimOf'>;
  readonly intake: Pick<InboundIntake, 'take'>;
  /** Whether the disk has room for mail. */
  readonly hasRoom: () => Promise<boolean>;
}

/** Mail for our return, reply and feedback addresses is taken; anything else is refused at RCPT, so nothing ever bounces from here. */
export function mxPolicy({ recipients, intake, hasRoom }: MxPolicyParts): SmtpPolicy {
  return {
    async checkRecipient(address) {
      const target = await recipients.find(address);
      if (!target) return { code: 550, enhanced: '5.1.1', text: 'No such address here' };
      return (await hasRoom()) ? 'accept' : { code: 452, enhanced: '4.3.1', text: 'Out of storage, try again later' };
    },
    maxSizeBytes: (accepted) => (accepted.every((address) => recipients.claimOf(address)?.kind === 'reply') ? undefined : MAX_REPORT_BYTES),
    onMessage: ({ mailFrom, recipients: accepted }, content) => intake.take({ mailFrom, recipients: accepted }, content),
  };
}

export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback';
}
