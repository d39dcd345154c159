import { findAddress, findAddresses } from './addresses.js';
import { ANSWER_SUBJECT, autoReplySign } from './auto-replies.js';
import { classifyReply, extractCodes } from './classify-reply.js';
import { type RecipientHints, failedRecipients } from './failed-recipients.js';
import { CHALLENGE_WORDS, DAEMON, FAILURE_SUBJECT, FAILURE_WORDS, FINAL_WORDS, WARNING_WORDS } from './failure-words.js';
import type { Finding, Incoming } from './incoming.js';
import { partText } from './read-mime.js';
import { type OriginalFacts, isEnclosed, readOriginal, readReturnedText } from './original-message.js';
import { type PlainBounce, readPlainBounce } from './plain-bounces.js';
import { reasonInWords } from './reason.js';
import { outcome } from './verdict.js';

/** Body evidence alone never makes a report: somebody may be quoting one. */
const ENOUGH = 5;
const ENOUGH_WITH_DIALECT = 4;

/**
 * A report without a machine-readable part, known by signs of which no single one decides: who wrote it, its subject, what it
 * says at its beginning, and whether a copy follows.
 */
export function readWords(incoming: Incoming): Finding | undefined {
  const { headers, parts } = incoming;
  const text = reportText(incoming);
  const bounce = readPlainBounce(text);
  if (!isReport(incoming, bounce)) return undefined;
  if (bounce.dialect === undefined && isChallenge(bounce.report, headers.subject)) return undefined;
  const returned = returnedCopy(incoming, bounce, text);
  const recipients = recipientsOf(incoming, bounce, returned);
  const recipient = recipients[0];
  const isEnclosing = parts.some(isEnclosed);
  return {
    ...returned,
    ...judgeWords(incoming, bounce, isEnclosing ? text : bounce.report, recipient),
    recipients,
    ...(recipient ? { recipient } : {}),
  };
}

/** The words for people of a report, whatever else it holds. */
export function reportText({ parts }: Incoming): string {
  return reportTexts(parts)[0] ?? '';
}

function reportTexts(parts: Incoming['parts']): string[] {
  const leaves = parts.filter(({ children }) => children.length === 0);
  const plain = leaves.filter(({ type }) => type === 'text/plain').slice(0, 3);
  const chosen = plain.length > 0 ? plain : leaves.filter(({ type }) => type === 'text/html').slice(0, 1);
  const texts = chosen.map((part) => partText(part, 60_000)).filter((text) => text.trim() !== '');
  if (texts.length > 0) return texts;
  // A multipart whose parts cannot be told apart still says something.
  const root = parts[0]!;
  return root.type.startsWith('multipart/') && root.children.length === 0 ? [partText(root, 60_000)] : [];
}

function isReport(incoming: Incoming, bounce: PlainBounce): boolean {
  const { root, headers, hints, parts } = incoming;
  const raw = root.headers;
  const isDaemon = DAEMON.test(headers.from.slice(0, 300)) || headers.from.replace(/[<>\s"]/g, '') === '';
  const isAnswer = ANSWER_SUBJECT.test(headers.subject.slice(0, 300));
  const isReportType = /report-type\s{0,3}=\s{0,3}"?(?:delivery-status|disposition)/i.test(raw.raw('content-type'));
  let score = 0;
  if (raw.has('x-failed-recipients')) score += 4;
  if (isDaemon) score += 2;
  if (isReportType || root.type === 'multipart/report') score += 2;
  if (hints.envelopeSender === '' || /^\s*<\s*(?:mailer-daemon)?\s*>|^\s*<mailer-daemon@/i.test(raw.raw('return-path'))) score += 1;
  const hasSubject = FAILURE_SUBJECT.test(headers.subject.slice(0, 300));
  if (hasSubject) score += 2;
  const opening = bounce.report.trimStart().slice(0, 300);
  if (bounce.dialect === undefined && says(opening) && findAddress(opening) !== undefined) score += 1;
  if (/auto-(?:generated|replied)/i.test(raw.raw('auto-submitted'))) score += 1;
  if (bounce.dialect !== undefined) score += 3;
  else if (says(bounce.report.slice(0, HEAD))) score += 2;
  else if (!(isDaemon && isReportType && hasSubject)) return false;
  if (parts.some(isEnclosed) || bounce.returned !== '') score += 1;
  if (/(?:^|[^\d.])(?:5\d\d[ -]|[45]\.\d{1,3}\.\d{1,3})/.test(bounce.report.slice(0, HEAD))) score += 1;
  if (!isDaemon) {
    if (raw.has('in-reply-to')) score -= 3;
    else if (isAnswer && !hasSubject) score -= 1;
    // A person passes one on.
    if (FORWARDED.test(headers.subject.slice(0, 100))) score -= 4;
  }
  const sign = autoReplySign(raw);
  if (sign !== undefined && VACATION_SIGNS.has(sign)) score -= 4;
  return score >= (bounce.dialect === undefined ? ENOUGH : ENOUGH_WITH_DIALECT);
}

function says(text: string): boolean {
  return FAILURE_WORDS.test(text) || WARNING_WORDS.test(text);
}

/** The failure has to be said among the first words: further down somebody may be quoting a bounce. */
const HEAD = 3_000;

const FORWARDED = /^\s*(?:fwd?|wg|tr|rv|enc|i|доклад|переслано|ارجاع|إعادة توجيه|转发|轉寄)\s?[:：]/iu;

/** What absence notes carry and reports do not. `subject` is a subject such as "Out of office". */
const VACATION_SIGNS: ReadonlySet<string> = new Set([
  'subject',
  'x-autoreply',
  'x-autorespond',
  'x-vacation',
  'x-away',
  'x-mailer',
  'delivered-to',
]);

export function isChallenge(text: string, subject: string): boolean {
  const head = text.slice(0, HEAD);
  if (/(?:^|[^\d.])5\d\d[ -]/.test(head)) return false;
  return CHALLENGE_WORDS.test(`${subject.slice(0, 200)}\n${head}`.replace(/\s+/g, ' '));
}

function returnedCopy(incoming: Incoming, bounce: PlainBounce, text: string): OriginalFacts {
  const enclosed = readOriginal(incoming.parts);
  if (enclosed.originalMessageId || enclosed.original.to) return enclosed;
  if (bounce.returned !== '') {
    const found = readReturnedText(bounce.returned);
    if (found.originalMessageId || found.original.to) return found;
  }
  // The copy may be the next part, without a type of its own.
  const [, second] = reportTexts(incoming.parts);
  return second !== undefined && second !== text ? readReturnedText(second) : enclosed;
}

function recipientsOf(incoming: Incoming, bounce: PlainBounce, returned: OriginalFacts): string[] {
  const { root, headers, parts } = incoming;
  const announced = findAddresses(root.headers.all('x-failed-recipients').join(' '));
  if (announced.length > 0) return unique(announced);
  const { original, returnPathCandidates } = returned;
  const others = [headers.fromAddress, ...findAddresses(root.headers.text('to')), ...findAddresses(root.headers.text('reply-to'))];
  const authors = [original.returnPath, findAddress(original.from ?? ''), findAddress(original.replyTo ?? ''), ...returnPathCandidates];
  const hints: RecipientHints = {
    others: new Set(
      [...others, ...authors].filter((one) => one !== undefined && one !== original.recipient).map((one) => one!.toLowerCase()),
    ),
    original: original.recipient,
    dialect: new Set(bounce.recipients.map((one) => one.toLowerCase())),
  };
  for (const text of [bounce.report, ...reportTexts(parts).slice(1)]) {
    const found = failedRecipients(text, hints);
    if (found.length > 0) return found;
  }
  const fallback = original.recipient ?? localRecipient(bounce.report, headers.fromAddress) ?? originalInWords(bounce.report, hints);
  return fallback === undefined ? [] : [fallback];
}

/** Providers that name their own users without the domain. */
function localRecipient(report: string, reporter: string): string | undefined {
  const domain = reporter.slice(reporter.lastIndexOf('@') + 1);
  const [, local] =
    /(?:following (?:recipient|address|user)|local user|unknown user|no such user)[^\n]{0,200}?[:\s]\s{0,40}<?([\w.+-]{2,64})>?\s{0,20}(?:\n|$|\()/i.exec(
      report,
    ) ?? [];
  return local === undefined || domain === '' ? undefined : findAddress(`${local}@${domain}`);
}

/** `To: somebody` of the original, repeated in the report. */
function originalInWords(report: string, hints: RecipientHints): string | undefined {
  const [, line] = /^[ \t>]{0,12}(?:to|recipients?)\s{0,4}:\s{0,10}([^\n]{3,300})/im.exec(report) ?? [];
  const address = line === undefined ? undefined : findAddress(line);
  return address !== undefined && !hints.others.has(address.toLowerCase()) ? address : undefined;
}

function judgeWords(incoming: Incoming, bounce: PlainBounce, text: string, recipient: string | undefined) {
  const reason = bounce.reasonNear(recipient) ?? reasonInWords(text);
  const found = extractCodes(reason ?? '');
  const codes = found.enhancedCode || found.smtpCode ? found : extractCodes(bounce.report.slice(0, 4_000));
  const facts = { code: codes.smtpCode, enhanced: codes.enhancedCode };
  const first = classifyReply({ ...facts, text: reason ?? '' });
  const verdict = first.class === 'other' ? classifyReply({ ...facts, text: bounce.report.slice(0, 3_000) }) : first;
  const isSaidDelayed = bounce.isDelayed || /\bdelay|\bdeferred\b|verz[öo]ger|retard[ée]/i.test(incoming.headers.subject);
  const isDelayed = isSaidDelayed && !FINAL_WORDS.test(bounce.report.slice(0, HEAD));
  return outcome(isDelayed, { ...verdict, ...codes }, reason, recipient);
}

function unique(addresses: readonly string[]): string[] {
  return [...new Set(addresses)];
}
