import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { ReceptionSignals } from '#base/contracts';
import { type DmarcHandling, type InboundIntake, type InboundRecipients, refusesForDmarc } from '#domain/feedback';
import type { DnsLookup } from '#net/dns';
import { authenticateMail, whileChecking } from '#net/mail-authentication';
import { type SmtpEnvelope, type SmtpPolicy, SmtpRefused } from '#net/smtp-listener';

/** Reports are small; only people send large letters, and they write to reply addresses. */
export const MAX_REPORT_BYTES = 5 * 1024 * 1024;

export interface MxPolicyParts {
  readonly recipients: Pick<InboundRecipients, 'find' | 'claimOf'>;
  readonly intake: Pick<InboundIntake, 'take'>;
  /** Whether the disk has room for mail. */
  readonly hasRoom: () => Promise<boolean>;
  /** Whose names are looked up to check who sent a message; without it none is checked. */
  readonly dns?: DnsLookup;
  readonly dmarc?: DmarcHandling;
  /** Peers whose mail is not checked: our own simulator, whose domains exist nowhere. */
  readonly isTrustedPeer?: (remoteAddress: string) => boolean;
}

/** Mail for our return, reply and feedback addresses is taken; anything else is refused at RCPT, so nothing ever bounces from here. */
export function mxPolicy({
  recipients,
  intake,
  hasRoom,
  dns,
  dmarc = 'quarantine',
  isTrustedPeer = () => false,
}: MxPolicyParts): SmtpPolicy {
  /** A report comes from whatever server and names whatever author: what makes it ours is the token of the address it comes to. */
  const isReport = ({ mailFrom, recipients: to }: SmtpEnvelope) =>
    mailFrom === '' && to.every((address) => recipients.claimOf(address)?.kind === 'bounce');
  return {
    async checkRecipient(address) {
      const target = await recipients.find(address);
      if (!target) return { code: 550, enhanced: '5.1.1', text: 'No such address here' };
      if (target.isFull) return { code: 452, enhanced: '4.2.2', text: 'The mailbox is full, try again later' };
      return (await hasRoom()) ? 'accept' : { code: 452, enhanced: '4.3.1', text: 'Out of storage, try again later' };
    },
    maxSizeBytes: (accepted) => {
      const kinds = accepted.map((address) => recipients.claimOf(address)?.kind);
      return kinds.some((kind) => kind === 'bounce' || kind === 'feedback-loop') ? MAX_REPORT_BYTES : undefined;
    },
    async onMessage(envelope, content) {
      const { mailFrom, recipients: to } = envelope;
      if (!dns || isTrustedPeer(envelope.remoteAddress) || isReport(envelope)) return intake.take({ mailFrom, recipients: to }, content);
      const checked = whileChecking(
        content,
        (copy) => authenticateMail(copy, envelope, { dns }),
        (found) => refuseForged(found, dmarc),
      );
      await intake.take({ mailFrom, recipients: to, reception: checked.result }, checked.content);
    },
  };
}

function refuseForged(found: ReceptionSignals, handling: DmarcHandling): void {
  if (!refusesForDmarc(found, handling)) return;
  const text = `Mail of ${found.dmarc.domain} that fails its DMARC checks is refused, as the domain asks`;
  throw new SmtpRefused({ code: 550, enhanced: '5.7.1', text });
}

export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback';
}
