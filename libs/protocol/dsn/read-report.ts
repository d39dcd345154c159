import type { BounceClass } from '#base/contracts';
import { findAddress, findAddresses, reportAddress } from './addresses.js';
import { autoReplySign, looksLikeAnswer } from './auto-replies.js';
import { classifyReply, extractCodes } from './classify-reply.js';
import { type DeliveryStatus, type RecipientStatus, readDeliveryStatus } from './delivery-status.js';
import type { BounceExplanation, EnvelopeHints, InboundReading, MessageHeaders, OriginalMessage } from './dsn.types.js';
import { explainBounceClass, explainComplaint, explainDelay, explanations } from './explanations.js';
import { type PlainBounce, oneLine, readPlainBounce } from './plain-bounces.js';
import { type HeaderList, type MimePart, partText, readHeaders, readMime, walkParts } from './read-mime.js';

/** Everything a reader of one kind of report needs. */
interface Incoming {
  readonly root: MimePart;
  readonly parts: readonly MimePart[];
  readonly headers: MessageHeaders;
  readonly hints: EnvelopeHints;
}

type Finding = Omit<InboundReading, 'headers'>;

/**
 * What an incoming message is: a report of a delivery that failed or waits, a complaint, an answer of a program or of
 * a person, or none of these. Pure, and total: any bytes give a reading. Everything in it is a claim of the sender.
 */
export function readReport(raw: Buffer, hints: EnvelopeHints = {}): InboundReading {
  const root = readMime(raw);
  const headers = readMessageHeaders(root.headers);
  const incoming: Incoming = { root, parts: [...walkParts(root)], headers, hints };
  const finding =
    readComplaint(incoming) ?? readStandardReport(incoming) ?? readReceipt(incoming) ?? readWords(incoming) ?? readAnswer(incoming);
  return storable({ ...finding, headers }) as InboundReading;
}

/** What strangers put into an encoded part can hold anything; no reader downstream wants control characters or half a surrogate pair. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').toWellFormed();
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, storable(one)]));
  return value;
}

/** The short form of `readReport`, for people. */
export function explainBounce(raw: Buffer): BounceExplanation {
  const { kind, recipient, permanent, class: bounceClass, enhancedCode, reason, explanation } = readReport(raw);
  return { kind, recipient, permanent, class: bounceClass, enhancedCode, reason, explanation };
}

function readMessageHeaders(list: HeaderList): MessageHeaders {
  const from = list.text('from').slice(0, 998);
  return {
    from,
    fromAddress: findAddress(from.slice(from.lastIndexOf('<') + 1)) ?? findAddress(from) ?? '',
    subject: list.text('subject').slice(0, 998),
    messageId: bareId(list.raw('message-id')),
    inReplyTo: bareId(list.raw('in-reply-to')),
    references: list.raw('references').slice(0, 4_000),
  };
}

function bareId(value: string): string {
  return (/<([^<>\s]{1,500})>/.exec(value)?.[1] ?? value.trim()).slice(0, 500);
}

// ── Delivery status notifications (RFC 3464, RFC 6533) ──────────────────────────────────────────────────────────────

function readStandardReport(incoming: Incoming): Finding | undefined {
  const part = incoming.parts.find(({ type }) => type === 'message/delivery-status' || type === 'message/global-delivery-status');
  if (!part) return undefined;
  const status = readDeliveryStatus(part);
  // What failed outweighs what waits, and that what arrived.
  const rank = (recipient: RecipientStatus) => ['failed', 'delayed'].indexOf(recipient.action) + 1 || 3;
  const decisive = status.recipients.toSorted((a, b) => rank(a) - rank(b))[0];
  // A report without a readable recipient still may say it in words.
  if (!decisive) return readWords(incoming);
  const recipient = decisive.originalRecipient ?? decisive.finalRecipient ?? findAddress(incoming.root.headers.raw('x-failed-recipients'));
  const common = { ...reportCommon(incoming, status, decisive), ...(recipient ? { recipient } : {}) };
  if (decisive.action !== 'failed' && decisive.action !== 'delayed')
    return { ...common, kind: 'other', explanation: explanations.delivered(recipient) };
  return { ...common, ...judge(incoming, decisive, recipient) };
}

function reportCommon(incoming: Incoming, status: DeliveryStatus, decisive: RecipientStatus) {
  const same = status.recipients.filter(({ action }) => action === decisive.action);
  return {
    recipients: unique(same.flatMap(({ originalRecipient, finalRecipient }) => [originalRecipient, finalRecipient])),
    ...(status.reportingMta ? { reportingMta: status.reportingMta } : {}),
    ...(decisive.remoteMta ? { remoteMta: decisive.remoteMta } : {}),
    ...readOriginal(incoming),
  };
}

/** Class, codes and reason of a recipient that failed or waits. */
function judge(incoming: Incoming, status: RecipientStatus, recipient: string | undefined) {
  const words = status.diagnostic || status.statusComment || '';
  const codes = extractCodes(words);
  // x.0.0 says nothing, and x.y.0 little: the words of the server beside it are more precise (RFC 3463 §3.1).
  const isVague = status.status === undefined || /\.0$/.test(status.status);
  const enhancedCode = isVague ? (codes.enhancedCode ?? status.status) : status.status;
  const notice = humanText(incoming);
  const reason = oneLine(words) || reasonInWords(notice);
  let verdict = classifyReply({ code: codes.smtpCode, enhanced: enhancedCode, text: reason });
  if (verdict.class === 'other' || (isVague && !codes.enhancedCode && words === '')) {
    const byNotice = classifyReply({ code: codes.smtpCode, enhanced: enhancedCode, text: notice.slice(0, 2_000) });
    if (byNotice.class !== 'other') verdict = byNotice;
  }
  const isDelayed = status.action === 'delayed';
  return outcome(isDelayed, { ...verdict, ...codes, ...(enhancedCode ? { enhancedCode } : {}) }, reason, recipient);
}

function outcome(
  isDelayed: boolean,
  verdict: { permanent: boolean; class: BounceClass; smtpCode?: number; enhancedCode?: string },
  reason: string | undefined,
  recipient: string | undefined,
) {
  return {
    kind: isDelayed ? ('delayed' as const) : ('bounce' as const),
    permanent: !isDelayed && verdict.permanent,
    class: verdict.class,
    ...(verdict.enhancedCode ? { enhancedCode: verdict.enhancedCode } : {}),
    ...(verdict.smtpCode ? { smtpCode: verdict.smtpCode } : {}),
    ...(reason ? { reason } : {}),
    explanation: isDelayed ? explainDelay(verdict.class, recipient) : explainBounceClass(verdict.class, recipient),
  };
}

/** The first line of a notice for people that holds a reply code. */
function reasonInWords(notice: string): string {
  return oneLine(notice.split(/\r?\n/).find((line) => extractCodes(line).enhancedCode ?? extractCodes(line).smtpCode) ?? '');
}

// ── Complaints (RFC 5965, and what looks like it) ───────────────────────────────────────────────────────────────────

/** RFC 5965 §7.3 and RFC 6430: these are no complaints. */
const HARMLESS_FEEDBACK = new Set(['not-spam', 'auth-failure', 'dmarc']);

function readComplaint(incoming: Incoming): Finding | undefined {
  const part = incoming.parts.find(({ type }) => type === 'message/feedback-report');
  if (!part) return readForwardedComplaint(incoming);
  const fields = readHeaders(Buffer.from(partText(part).trimStart()));
  const feedbackType = (fields.raw('feedback-type') || 'abuse').toLowerCase().slice(0, 60);
  const { original, ...found } = readOriginal(incoming);
  const named = unique([...fields.all('original-rcpt-to'), ...fields.all('removal-recipient')].map((field) => reportAddress(field)));
  const recipient = named[0] ?? findAddress(original.to ?? '');
  const mailFrom = fields.raw('original-mail-from');
  const reportingMta = fields
    .raw('reporting-mta')
    .replace(/^\s*[\w-]{1,40}\s*;/, '')
    .trim();
  const isHarmless = HARMLESS_FEEDBACK.has(feedbackType);
  return {
    kind: isHarmless ? 'other' : 'complaint',
    ...(recipient ? { recipient } : {}),
    recipients: named,
    feedbackType,
    explanation: isHarmless ? explanations.notAComplaint(recipient) : explainComplaint(recipient, feedbackType),
    ...(reportingMta ? { reportingMta } : {}),
    ...found,
    original: { ...original, ...(mailFrom && !original.returnPath ? { returnPath: findAddress(mailFrom) ?? '' } : {}) },
    returnPathCandidates: unique([...found.returnPathCandidates, findAddress(mailFrom)]),
  };
}

/** Outlook.com's junk reporting sends the message itself, with the complainer in a header of it. */
function readForwardedComplaint(incoming: Incoming): Finding | undefined {
  const enclosed = incoming.parts.find(({ type }) => type === 'message/rfc822');
  if (!enclosed || !/^complaint about message from /i.test(incoming.headers.subject)) return undefined;
  const recipient = findAddress(readHeaders(enclosed.body).raw('x-hmxmroriginalrecipient'));
  return {
    kind: 'complaint',
    ...(recipient ? { recipient } : {}),
    recipients: recipient ? [recipient] : [],
    feedbackType: 'abuse',
    explanation: explainComplaint(recipient, 'abuse'),
    ...readOriginal(incoming),
  };
}

// ── Reports in words ────────────────────────────────────────────────────────────────────────────────────────────────

const DAEMON = /mailer-?daemon|postmaster|mail[ -]?delivery|maildelivery|mail ?administrator|mail[ -]?system|auto-?postmaster|bounce/i;
const FAILURE_SUBJECT =
  /undeliver|returned mail|mail delivery|delivery (?:status|failure|failed|notification|problem|report|delayed)|failure notice|failure delivery|non[- ]?delivery|not delivered|mail (?:system )?error|warning: (?:message|could not)|delayed|permanent error|message status|system error|退信|unzustellbar|non remis|ارسال ناموفق|تحویل نشد|не доставлен/i;

/** A report without a machine-readable part. Only from what looks like a mail system, so that an answer that quotes a bounce is none. */
function readWords(incoming: Incoming): Finding | undefined {
  const { root, headers, hints } = incoming;
  const isFromSystem =
    root.headers.has('x-failed-recipients') ||
    DAEMON.test(headers.from) ||
    hints.envelopeSender === '' ||
    /^\s*<\s*>/.test(root.headers.raw('return-path'));
  const failedRecipient = findAddress(root.headers.raw('x-failed-recipients'));
  if (!isFromSystem) return undefined;
  const text = humanText(incoming);
  const bounce = readPlainBounce(text, findAddress);
  if (!bounce) return undefined;
  // Absence notes come with the null sender too, and may speak of delivery somewhere.
  if (bounce.dialect === 'generic' && !failedRecipient && !(FAILURE_SUBJECT.test(headers.subject) && DAEMON.test(headers.from)))
    return undefined;
  const own = headers.fromAddress.toLowerCase();
  const recipient = failedRecipient ?? bounce.recipient ?? findAddresses(text).find((address) => address.toLowerCase() !== own);
  return {
    ...readReturned(incoming, bounce),
    ...judgeWords(text, bounce, recipient),
    recipients: recipient ? [recipient] : [],
    ...(recipient ? { recipient } : {}),
  };
}

function judgeWords(text: string, bounce: PlainBounce, recipient: string | undefined) {
  const reason = bounce.reason ?? reasonInWords(text);
  const found = extractCodes(reason);
  const codes = found.enhancedCode || found.smtpCode ? found : extractCodes(text.slice(0, 4_000));
  const first = classifyReply({ code: codes.smtpCode, enhanced: codes.enhancedCode, text: reason });
  const verdict =
    first.class === 'other' ? classifyReply({ code: codes.smtpCode, enhanced: codes.enhancedCode, text: text.slice(0, 2_000) }) : first;
  return outcome(bounce.isDelayed, { ...verdict, ...codes }, reason, recipient);
}

/** The returned copy is a part of its own, or follows the words. */
function readReturned(incoming: Incoming, bounce: PlainBounce): Pick<Finding, 'original' | 'originalMessageId' | 'returnPathCandidates'> {
  const enclosed = readOriginal(incoming);
  if (enclosed.originalMessageId || bounce.returned === '') return enclosed;
  // The headers begin after the line that announces them, and maybe a blank one.
  const block = /^[A-Za-z][\w-]{1,60}:[ \t]/m.exec(bounce.returned.slice(0, 8_000));
  return block ? originalOf(readHeaders(Buffer.from(bounce.returned.slice(block.index)))) : enclosed;
}

// ── Answers, and the rest ───────────────────────────────────────────────────────────────────────────────────────────

/** RFC 8098: what a mail program did with the message. */
function readReceipt(incoming: Incoming): Finding | undefined {
  if (!incoming.parts.some(({ type }) => type === 'message/disposition-notification')) return undefined;
  return { kind: 'other', recipients: [], explanation: explanations.readReceipt(), ...readOriginal(incoming) };
}

function readAnswer({ root, headers }: Incoming): Finding {
  const empty = { recipients: [], original: {}, returnPathCandidates: [] };
  const answered = headers.inReplyTo || bareId(headers.references.split(/\s+/).at(-1) ?? '');
  const tied = answered ? { originalMessageId: answered } : {};
  const who = headers.fromAddress;
  if (autoReplySign(root.headers)) return { kind: 'auto-reply', ...empty, ...tied, explanation: explanations.autoReply(who) };
  if (looksLikeAnswer(root.headers)) return { kind: 'reply', ...empty, ...tied, explanation: explanations.reply(who) };
  return { kind: 'other', ...empty, ...tied, explanation: explanations.other() };
}

// ── What all share ──────────────────────────────────────────────────────────────────────────────────────────────────

const ENCLOSED = new Set([
  'message/rfc822',
  'message/global',
  'text/rfc822-headers',
  'message/rfc822-headers',
  'message/global-headers',
  'text/rfc822-header',
]);

function readOriginal({ parts }: Incoming): Pick<Finding, 'original' | 'originalMessageId' | 'returnPathCandidates'> {
  const part = parts.find(({ type }) => ENCLOSED.has(type));
  if (!part) return { original: {}, returnPathCandidates: [] };
  const encoding = part.headers.raw('content-transfer-encoding').toLowerCase();
  const isEncoded = encoding === 'base64' || encoding === 'quoted-printable';
  return originalOf(
    readHeaders(isEncoded || part.type.startsWith('text/') ? Buffer.from(partText(part).trimStart()) : trimStart(part.body)),
  );
}

function originalOf(headers: HeaderList): Pick<Finding, 'original' | 'originalMessageId' | 'returnPathCandidates'> {
  const messageId = bareId(headers.raw('message-id'));
  const returnPath = findAddress(headers.raw('return-path'));
  const original: OriginalMessage = {
    ...(messageId ? { messageId } : {}),
    ...(returnPath ? { returnPath } : {}),
    ...(headers.has('list-unsubscribe') ? { listUnsubscribe: headers.raw('list-unsubscribe').slice(0, 2_000) } : {}),
    ...(headers.has('reply-to') ? { replyTo: headers.text('reply-to').slice(0, 998) } : {}),
    ...(headers.has('to') ? { to: headers.text('to').slice(0, 998) } : {}),
    ...(headers.has('subject') ? { subject: headers.text('subject').slice(0, 998) } : {}),
  };
  const candidates = ['return-path', 'x-original-mail-from', 'x-envelope-from', 'envelope-from', 'errors-to', 'sender', 'x-returnpath'];
  return {
    original,
    ...(messageId ? { originalMessageId: messageId } : {}),
    returnPathCandidates: unique(candidates.flatMap((name) => headers.all(name).map((value) => findAddress(value)))),
  };
}

/** Some leave blank lines before the enclosed message. */
function trimStart(bytes: Buffer): Buffer {
  let at = 0;
  while (bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x20) at++;
  return bytes.subarray(at);
}

/** What the message says to people: its first text, the plain one if there is one. */
function humanText({ parts }: Incoming): string {
  const part =
    parts.find(({ type, children }) => type === 'text/plain' && children.length === 0) ?? parts.find(({ type }) => type === 'text/html');
  return part ? partText(part, 60_000) : '';
}

function unique(addresses: readonly (string | undefined)[]): string[] {
  return [...new Set(addresses.filter((address) => address !== undefined && address !== ''))] as string[];
}
