import type { BounceClass } from '#base/contracts';

type Sentence = (recipient: string) => string;

/** What happened and what to do, for the one who sent. For good, and for now. */
const bounced: Readonly<Record<BounceClass, Sentence>> = {
  'invalid-recipient': (who) => `${who} does not exist, so take the address off your lists: sending to it again harms your reputation.`,
  'bad-domain': (who) =>
    `The domain of ${who} does not exist or takes no mail, so correct a typing mistake or take the address off your lists.`,
  'inactive-mailbox': (who) => `The mailbox ${who} has been closed or disabled, so take the address off your lists.`,
  'mailbox-full': (who) =>
    `The mailbox ${who} is full, so try again in some days and take the address off your lists if it stays full for weeks.`,
  'spam-content': (who) =>
    `The server of ${who} took the message for spam because of what it says, so change its subject, links or wording and test it before you send again.`,
  'spam-block': (who) =>
    `The server of ${who} refuses your sending address because of its reputation or a blocklist, so stop, see which list names you, and ask there to be removed.`,
  policy: (who) =>
    `The server of ${who} refused the message by a rule of its own, so read the reason it gives and ask its postmaster if the rule is wrong about you.`,
  authentication: (who) =>
    `The server of ${who} could not verify that the message is yours, so check the SPF, DKIM and DMARC records of your sending domain.`,
  'message-too-large': (who) =>
    `The message is larger than the server of ${who} takes, so make its images or attachments smaller and send again.`,
  relaying: (who) =>
    `The server that was asked does not take mail for ${who}, so check the address and tell its owner that the MX record of the domain may be wrong.`,
  'no-answer': (who) =>
    `The mail server of ${who} did not answer, so try again later and take the address off your lists if it never answers.`,
  'dns-failure': (who) => `The domain of ${who} could not be looked up, so check its spelling and try again later.`,
  protocol: (who) => `The server of ${who} refused the form of the message, so have your administrator look at the reason it gives.`,
  expired: (who) =>
    `The message to ${who} waited too long and was given up, so send again later and take the address off your lists if it happens again.`,
  other: (who) =>
    `The message to ${who} was not delivered for a reason that the report does not make clear, so read the reason it gives before you send again.`,
};

const waits: Partial<Readonly<Record<BounceClass, string>>> = {
  'mailbox-full': 'because the mailbox is full',
  'spam-block': "because of your sending address's reputation there",
  'spam-content': 'because its content looks like spam to the server',
  policy: 'because the server takes only so much at a time or has a rule of its own',
  'no-answer': 'because the server does not answer',
  'dns-failure': 'because the domain cannot be looked up at the moment',
  authentication: 'because the server could not verify the sender',
};

export function explainBounceClass(bounceClass: BounceClass, recipient: string | undefined): string {
  const sentence = bounced[bounceClass](recipient ?? 'the recipient');
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

export function explainDelay(bounceClass: BounceClass, recipient: string | undefined): string {
  const why = waits[bounceClass];
  return `The message to ${recipient ?? 'the recipient'} is late${why ? ` ${why}` : ''} and its server keeps trying, so there is nothing to do yet.`;
}

export function explainComplaint(recipient: string | undefined, feedbackType: string): string {
  const who = recipient ?? 'A recipient';
  if (feedbackType === 'opt-out' || feedbackType === 'opt-out-list')
    return `${who} asked the mail provider to be taken off your list, so never send there again.`;
  return `${who} reported the message as ${feedbackType === 'fraud' ? 'fraud' : feedbackType === 'virus' ? 'a virus' : 'spam'}, so never send there again, and see whether others who joined the same way complain too.`;
}

export const explanations = {
  autoReply: (who: string) =>
    `A program answered for ${who || 'the recipient'} (an absence note or the like), so the message arrived and there is nothing to do.`,
  challenge: (who: string) =>
    `The mailbox of ${who || 'the recipient'} wants senders to confirm that they are people before it takes their mail, so confirm it if the recipient matters to you.`,
  addressChanged: (who: string) =>
    `A program says that ${who || 'the recipient'} has another address now, so ask for it and write there if they still want your mail.`,
  wantsOut: (who: string) =>
    `${who || 'A person'} asks for no more mail, so take the address off your lists, unless that was done for you.`,
  reply: (who: string) => `${who || 'A person'} answered your message, so read it and answer.`,
  delivered: (who: string | undefined) =>
    `The server confirms that the message to ${who ?? 'the recipient'} was delivered or passed on, so there is nothing to do.`,
  readReceipt: () => 'A mail program reports what became of the message after its delivery (a read receipt), so there is nothing to do.',
  notAComplaint: (who: string | undefined) =>
    `A mail provider sent feedback that is no complaint about ${who ?? 'the recipient'}, so there is nothing to do.`,
  other: () => 'This is neither a delivery report, nor a complaint, nor an answer, so nothing is counted for it.',
} as const;
