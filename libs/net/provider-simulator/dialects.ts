import type { SimulatedProviderName } from './sandbox-next-hops.js';

/** How a provider talks: its banner, its offers, and its way to say each thing. */
export interface Dialect {
  readonly banner: string;
  readonly offers: readonly string[];
  readonly queued: (id: string) => string;
  readonly unknownUser: string;
  readonly inactive: string;
  readonly mailboxFull: string;
  readonly spam: string;
  readonly unsigned: string;
  readonly greylist: string;
  readonly busy: string;
  readonly throttled: string;
  readonly tooManyConnections: string;
}

const common = ['PIPELINING', 'SIZE 52428800', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'STARTTLS'];

const postfix: Dialect = {
  banner: 'ESMTP Postfix',
  offers: common,
  queued: (id) => `250 2.0.0 Ok: queued as ${id}`,
  unknownUser: '550 5.1.1 <%r>: Recipient address rejected: User unknown in virtual mailbox table',
  inactive: '550 5.2.1 <%r>: Recipient address rejected: mailbox is disabled',
  mailboxFull: '552 5.2.2 <%r>: Recipient address rejected: mailbox is over quota',
  spam: '554 5.7.1 Message rejected: content looks like spam',
  unsigned: '550 5.7.26 Message is not signed by the domain of its author',
  greylist: '450 4.2.0 <%r>: Recipient address rejected: Greylisted, try again in 300 seconds',
  busy: '451 4.3.0 Temporary lookup failure',
  throttled: '450 4.7.1 Error: too much mail from your address',
  tooManyConnections: '421 4.7.0 Error: too many connections from your address',
};

/** Replies in the manner of the large providers, keyed on the codes and tokens that senders go by. */
export const dialects: Readonly<Record<SimulatedProviderName, Dialect>> = {
  google: {
    ...postfix,
    banner: 'ESMTP simulated - gsmtp',
    offers: [...common, 'CHUNKING'],
    queued: (id) => `250 2.0.0 OK  ${id} - gsmtp`,
    unknownUser:
      '550-5.1.1 The email account that you tried to reach does not exist.\r\n550 5.1.1 Please check the address for typing errors. %r - gsmtp',
    inactive: '550 5.2.1 The email account that you tried to reach is disabled. - gsmtp',
    mailboxFull: '552 5.2.2 The email account that you tried to reach is over quota. - gsmtp',
    spam: '550 5.7.1 This message is likely unsolicited mail and has been blocked. - gsmtp',
    unsigned: '550 5.7.26 This mail is unauthenticated: the sender must authenticate with SPF or DKIM. - gsmtp',
    busy: '450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages. - gsmtp',
    throttled: '421 4.7.28 Gmail has detected an unusual rate of mail originating from your DKIM domain. - gsmtp',
    tooManyConnections: '421 4.7.0 Try again later, closing connection. - gsmtp',
  },
  yahoo: {
    ...postfix,
    banner: 'ESMTP ready',
    queued: () => '250 ok dirdel',
    unknownUser: '554 delivery error: dd This user does not have an account (%r) [0]',
    inactive: '554 delivery error: dd Sorry, your message to %r cannot be delivered. This mailbox is disabled (554.30).',
    mailboxFull: '552 1 Requested mail action aborted, mailbox not found or over quota',
    spam: '554 5.7.9 Message not accepted for policy reasons.',
    busy: '451 4.3.2 Internal error reading data',
    throttled: '421 4.7.0 [TSS04] Messages from 127.0.0.1 temporarily deferred due to unexpected volume or user complaints',
    tooManyConnections: '421 4.7.0 [GL01] Too many connections from your address',
  },
  'outlook-consumer': {
    ...postfix,
    banner: 'Microsoft ESMTP MAIL Service ready',
    offers: [...common, 'CHUNKING'],
    queued: (id) => `250 2.6.0 <${id}> Queued mail for delivery`,
    unknownUser: '550 5.5.0 Requested action not taken: mailbox unavailable (%r)',
    inactive: '550 5.2.1 Mailbox disabled, not accepting messages (%r)',
    mailboxFull: '552 5.2.2 Mailbox full (%r)',
    spam: '550 5.7.1 Unfortunately, messages from your address were not sent: content policy (S3150)',
    unsigned: '550 5.7.515 Access denied, sending domain does not meet the required authentication level.',
    busy: '451 4.7.500 Server busy. Please try again later.',
    throttled: '451 4.7.652 The mail server has exceeded the maximum number of messages. (S3115)',
    tooManyConnections: '421 4.3.2 The maximum number of concurrent connections has been exceeded.',
  },
  icloud: {
    ...postfix,
    banner: 'ESMTP ready',
    unknownUser: '550 5.1.1 <%r>: user does not exist',
    busy: '450 4.2.0 [BS02] Service unavailable - try again later',
    throttled: '421 4.7.1 [HCM1] Message rejected for now due to local policy',
  },
  gmx: {
    ...postfix,
    banner: 'GMX Nemesis ESMTP Service ready',
    unknownUser: '550 Requested action not taken: mailbox unavailable',
    mailboxFull: '552 Requested mail action aborted: exceeded storage allocation',
    spam: '554 Transaction failed: reject due to policy restrictions',
    throttled: '450 Requested mail action not taken: mailbox unavailable, temporary rate limit',
    tooManyConnections: '421 Service not available: Too many connections',
  },
  regional: {
    ...postfix,
    banner: 'ESMTP Exim 4.97',
    unknownUser: '550 Unrouteable address',
    queued: (id) => `250 OK id=${id}`,
    greylist: '451 %r: greylisted, please try again later',
  },
  chapar: postfix,
  business: postfix,
};

export function say(template: string, recipient: string): string {
  return `${template.replaceAll('%r', recipient)}\r\n`;
}
