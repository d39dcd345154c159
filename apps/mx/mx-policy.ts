import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { InboundIntake, InboundRecipients } from '#domain/feedback';
import type { SmtpPolicy } from '#net/smtp-listener';

/** Mail for our return, reply and feedback addresses is taken; anything else is refused at RCPT, so nothing ever bounces from here. */
export function mxPolicy(recipients: Pick<InboundRecipients, 'find'>, intake: Pick<InboundIntake, 'take'>): SmtpPolicy {
  return {
    async checkRecipient(address) {
      const target = await recipients.find(address);
      return target ? 'accept' : { code: 550, enhanced: '5.1.1', text: 'No such address here' };
    },
    onMessage: ({ mailFrom, recipients: accepted }, content) => intake.take({ mailFrom, recipients: accepted }, content),
  };
}

export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback';
}
