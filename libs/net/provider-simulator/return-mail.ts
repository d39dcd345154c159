import { Dice } from './seeded.js';
import type { SimulatedProviderName } from './sandbox-next-hops.js';
import type { MessageFacts } from './read-message.js';

/** A message that goes back to whoever sent the mail. */
export interface ReturnMail {
  /** Empty for reports: the null reverse-path. */
  readonly envelopeFrom: string;
  readonly envelopeTo: string;
  readonly raw: string;
}

export interface ReturnContext {
  readonly recipient: string;
  /** The envelope sender of the mail it answers. */
  readonly sender: string;
  readonly facts: MessageFacts;
  /** The header of the mail it answers. */
  readonly originalHead: string;
  readonly date: Date;
  readonly boundary: string;
}

/** A delivery status notification that comes after the mail was accepted, in the manner of the provider's software. */
export function lateBounce(context: ReturnContext, provider: SimulatedProviderName): ReturnMail {
  const format = provider === 'business' ? new Dice('dsn', context.recipient).pick(0, businessBounces) : bounceFormats[provider];
  return { envelopeFrom: '', envelopeTo: context.sender, raw: format(context) };
}

type BounceFormat = (context: ReturnContext) => string;

interface Report {
  readonly from: string;
  readonly subject: string;
  readonly notice: string;
  readonly reportingMta: string;
  readonly status: string;
  readonly diagnostic: string;
  readonly extra?: string;
}

/** multipart/report (RFC 3462, RFC 3464). */
function report(context: ReturnContext, parts: Report): string {
  const { boundary, recipient, originalHead, date } = context;
  return lines(
    `From: ${parts.from}`,
    `To: <${context.sender}>`,
    `Subject: ${parts.subject}`,
    `Date: ${rfcDate(date)}`,
    `Message-ID: <${boundary}@${parts.reportingMta}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    ...(parts.extra ? [parts.extra] : []),
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Description: Notification',
    '',
    parts.notice,
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    `Reporting-MTA: dns; ${parts.reportingMta}`,
    `Arrival-Date: ${rfcDate(date)}`,
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    `Original-Recipient: rfc822;${recipient}`,
    'Action: failed',
    `Status: ${parts.status}`,
    `Diagnostic-Code: smtp; ${parts.diagnostic}`,
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers',
    '',
    originalHead.trimEnd(),
    '',
    `--${boundary}--`,
    '',
  );
}

const postfixBounce: BounceFormat = (context) =>
  report(context, {
    from: 'MAILER-DAEMON@mail.business.example (Mail Delivery System)',
    subject: 'Undelivered Mail Returned to Sender',
    notice: `This is the mail system at host mail.business.example.\r\n\r\nYour message could not be delivered to one or more recipients.\r\n\r\n<${context.recipient}>: host mx.internal.example said: 550 5.1.1\r\n    <${context.recipient}>: Recipient address rejected: User unknown (in reply to RCPT TO command)`,
    reportingMta: 'mail.business.example',
    status: '5.1.1',
    diagnostic: `550 5.1.1 <${context.recipient}>: Recipient address rejected: User unknown`,
  });

const exchangeBounce: BounceFormat = (context) =>
  report(context, {
    from: 'postmaster@exchange.business.example',
    subject: `Undeliverable: ${context.facts.subject}`,
    notice: `Delivery has failed to these recipients or groups:\r\n\r\n${context.recipient}\r\nThe email address you entered couldn't be found. Please check the recipient's email address.\r\n\r\nDiagnostic information for administrators:\r\n\r\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'`,
    reportingMta: 'exchange.business.example',
    status: '5.1.10',
    diagnostic: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    extra: 'X-MS-Exchange-Message-Is-Ndr:',
  });

const googleBounce: BounceFormat = (context) =>
  report(context, {
    from: 'Mail Delivery Subsystem <mailer-daemon@google.simulator.chapar.test>',
    subject: 'Delivery Status Notification (Failure)',
    notice: `** Address not found **\r\n\r\nYour message wasn't delivered to ${context.recipient} because the address couldn't be found, or is unable to receive mail.\r\n\r\nThe response was:\r\n550 5.1.1 The email account that you tried to reach does not exist.`,
    reportingMta: 'google.simulator.chapar.test',
    status: '5.1.1',
    diagnostic: '550-5.1.1 The email account that you tried to reach does not exist.',
    extra: `X-Failed-Recipients: ${context.recipient}`,
  });

/** Exim's own form: no multipart/report unless configured, the cause in prose and in a header. */
const eximBounce: BounceFormat = ({ recipient, sender, originalHead, date, boundary }) =>
  lines(
    'From: Mail Delivery System <Mailer-Daemon@mx.regional.simulator.chapar.test>',
    `To: ${sender}`,
    'Subject: Mail delivery failed: returning message to sender',
    `Date: ${rfcDate(date)}`,
    `Message-Id: <${boundary}@mx.regional.simulator.chapar.test>`,
    'Auto-Submitted: auto-replied',
    `X-Failed-Recipients: ${recipient}`,
    '',
    'This message was created automatically by mail delivery software.',
    '',
    'A message that you sent could not be delivered to one or more of its',
    'recipients. This is a permanent error. The following address(es) failed:',
    '',
    `  ${recipient}`,
    '    mailbox is full: retry timeout exceeded',
    '',
    "------ This is a copy of the message's headers. ------",
    '',
    originalHead.trimEnd(),
    '',
  );

/** qmail's QSBMF: plain text that only people and old hands can read. */
const qmailBounce: BounceFormat = ({ recipient, sender, originalHead, date, boundary }) =>
  lines(
    'From: MAILER-DAEMON@qmail.business.example',
    `To: ${sender}`,
    'Subject: failure notice',
    `Date: ${rfcDate(date)}`,
    `Message-ID: <${boundary}@qmail.business.example>`,
    '',
    'Hi. This is the qmail-send program at qmail.business.example.',
    "I'm afraid I wasn't able to deliver your message to the following addresses.",
    "This is a permanent error; I've given up. Sorry it didn't work out.",
    '',
    `<${recipient}>:`,
    'Sorry, no mailbox here by that name. (#5.1.1)',
    '',
    '--- Below this line is a copy of the message.',
    '',
    `Return-Path: <${sender}>`,
    originalHead.trimEnd(),
    '',
  );

const businessBounces = [postfixBounce, exchangeBounce, qmailBounce];

const bounceFormats: Readonly<Record<Exclude<SimulatedProviderName, 'business'>, BounceFormat>> = {
  google: googleBounce,
  yahoo: postfixBounce,
  'outlook-consumer': exchangeBounce,
  icloud: postfixBounce,
  gmx: postfixBounce,
  regional: eximBounce,
  chapar: postfixBounce,
};

/** An abuse report (RFC 5965) to the feedback address beside the return path. */
export function complaint({ recipient, sender, originalHead, date, boundary }: ReturnContext, provider: SimulatedProviderName): ReturnMail {
  const host = sender.slice(sender.lastIndexOf('@') + 1);
  const raw = lines(
    `From: Complaints <fbl@${provider}.simulator.chapar.test>`,
    `To: <fbl@${host}>`,
    'Subject: Abuse report',
    `Date: ${rfcDate(date)}`,
    `Message-ID: <${boundary}@${provider}.simulator.chapar.test>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=feedback-report; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    'This is an email abuse report for a message received on your network.',
    '',
    `--${boundary}`,
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: SimulatedProvider/1.0',
    'Version: 1',
    `Original-Mail-From: <${sender}>`,
    `Original-Rcpt-To: <${recipient}>`,
    `Arrival-Date: ${rfcDate(date)}`,
    '',
    `--${boundary}`,
    'Content-Type: message/rfc822',
    '',
    `Return-Path: <${sender}>`,
    originalHead.trimEnd(),
    '',
    '(the text was removed by the provider)',
    '',
    `--${boundary}--`,
    '',
  );
  return { envelopeFrom: `fbl@${provider}.simulator.chapar.test`, envelopeTo: `fbl@${host}`, raw };
}

const autoReplies = [
  [
    'Out of office: %s',
    'Thank you for your message. I am out of the office and will be back on Monday. In urgent cases please write to my colleagues.',
  ],
  ['Automatic reply: %s', 'I am on leave until next week with no access to e-mail.'],
  ['پاسخ خودکار: %s', 'سلام، تا پایان هفته در مرخصی هستم و پس از بازگشت پاسخ می‌دهم.'],
  ['Abwesenheitsnotiz: %s', 'Vielen Dank für Ihre Nachricht. Ich bin zurzeit nicht im Büro.'],
] as const;

const personReplies = [
  ['Re: %s', 'Thanks, this was a lovely issue! Do you ship to Norway?'],
  ['Re: %s', 'Hi, could you send me the catalogue? Best regards'],
  ['پاسخ: %s', 'سلام و خسته نباشید، امکان ارسال به شیراز هم هست؟'],
  ['Re: %s', 'Please take me off this list, I changed jobs.'],
] as const;

/** An out-of-office answer (RFC 3834), to the return path as the RFC asks. */
export function autoReply(context: ReturnContext): ReturnMail {
  const [subject, text] = new Dice('auto-reply', context.recipient).pick(0, autoReplies);
  return {
    envelopeFrom: '',
    envelopeTo: context.sender,
    raw: answer(context, subject, text, ['Auto-Submitted: auto-replied', 'Precedence: bulk', 'X-Auto-Response-Suppress: All']),
  };
}

/** A person's answer to where the mail asks for it. */
export function personReply(context: ReturnContext): ReturnMail {
  const [subject, text] = new Dice('reply', context.recipient).pick(0, personReplies);
  return { envelopeFrom: context.recipient, envelopeTo: context.facts.replyTo, raw: answer(context, subject, text, []) };
}

function answer(context: ReturnContext, subject: string, text: string, extra: readonly string[]): string {
  const { recipient, facts, date, boundary } = context;
  return lines(
    `From: <${recipient}>`,
    `To: <${facts.replyTo}>`,
    `Subject: ${encodeSubject(subject.replace('%s', ''))}${facts.subject}`,
    `Date: ${rfcDate(date)}`,
    `Message-ID: <${boundary}@${recipient.slice(recipient.lastIndexOf('@') + 1)}>`,
    `In-Reply-To: ${facts.messageId}`,
    `References: ${facts.messageId}`,
    ...extra,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(`${text}\n`).toString('base64').replace(/.{76}/g, '$&\r\n'),
    '',
  );
}

/** The prefix encoded where it must be; what follows came encoded already. */
function encodeSubject(prefix: string): string {
  return /^[\x20-\x7e]*$/.test(prefix) ? prefix : `=?UTF-8?B?${Buffer.from(prefix).toString('base64')}?= `;
}

function rfcDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

function lines(...all: readonly string[]): string {
  return all.join('\r\n');
}
