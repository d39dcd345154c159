import { findAddress } from './addresses.js';
import { autoReplyCause, looksLikeAnswer } from './auto-replies.js';
import { readComplaint } from './complaint-report.js';
import { decodeWords } from './decode-text.js';
import type { Attachment, BounceExplanation, EnvelopeHints, InboundReading, MessageHeaders } from './dsn.types.js';
import { explanations } from './explanations.js';
import { DAEMON, FAILURE_WORDS } from './failure-words.js';
import type { Finding, Incoming } from './incoming.js';
import { bareId, readOriginal } from './original-message.js';
import { ownWords } from './own-words.js';
import { type HeaderList, readMime, walkParts } from './read-mime.js';
import { readStatusReport } from './status-report.js';

import { wantsOut } from './wants-out.js';
import { readWords, reportText } from './words-report.js';

/**
 * What an incoming message is: a report of a delivery that failed or waits, a complaint, an answer of a program or of
 * a person, or none of these. Pure, and total: any bytes give a reading. Everything in it is a claim of the sender.
 */
export function readReport(raw: Buffer, hints: EnvelopeHints = {}): InboundReading {
  const root = readMime(raw);
  const headers = readMessageHeaders(root.headers);
  const incoming: Incoming = { root, parts: [...walkParts(root)], headers, hints };
  const finding =
    readEnclosedReport(incoming) ??
    readComplaint(incoming) ??
    readStatusReport(incoming) ??
    readReceipt(incoming) ??
    readWords(incoming) ??
    readAnswer(incoming);
  return storable({ ...finding, headers }) as InboundReading;
}

/** Some gateways send the report on as the only part of a message in the name of the same mail system. */
function readEnclosedReport({ root, parts, headers, hints }: Incoming): Finding | undefined {
  if (root.type !== 'multipart/mixed' || !DAEMON.test(headers.from.slice(0, 300))) return undefined;
  const enclosed = parts.find(({ type }) => type === 'message/rfc822');
  if (!enclosed || parts.some(({ type }) => type === 'message/delivery-status')) return undefined;
  // A gateway may add its own disclaimer; a person would say something about what failed.
  if (FAILURE_WORDS.test(reportText({ root, parts, headers, hints }).slice(0, 2_000))) return undefined;
  const inner = readMime(enclosed.body);
  if (inner.type !== 'multipart/report') return undefined;
  return readStatusReport({ root: inner, parts: [...walkParts(inner)], headers, hints });
}

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const EVERY_CONTROL = new RegExp(CONTROL.source, 'g');

/** What strangers put into an encoded part can hold anything; no reader downstream wants control characters or half a surrogate pair. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return (CONTROL.test(value) ? value.replaceAll(EVERY_CONTROL, '') : value).toWellFormed();
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

/** RFC 8098: what a mail program did with the message. A mailbox that refuses says so in one (RFC 5429 §2.1.2). */
function readReceipt(incoming: Incoming): Finding | undefined {
  const part = incoming.parts.find(({ type }) => type === 'message/disposition-notification');
  if (!part) return undefined;
  const disposition = part.body.toString('latin1', 0, 4_000);
  if (/^disposition:\s{0,10}automatic-action[^\n]{0,80};\s{0,10}(?:deleted|denied|failed)/im.test(disposition)) {
    const refusal = readWords(incoming);
    if (refusal) return refusal;
  }
  return { kind: 'other', recipients: [], explanation: explanations.readReceipt(), ...readOriginal(incoming.parts) };
}

/** RFC 3834: headers first, then words; what is left is a person's answer, or nothing that concerns us. */
function readAnswer(incoming: Incoming): Finding {
  const { root, headers } = incoming;
  const answered = headers.inReplyTo || bareId(headers.references.split(/\s+/).at(-1) ?? '');
  const words = ownWords(reportText(incoming));
  const common = {
    recipients: [],
    original: {},
    returnPathCandidates: [],
    ...(answered ? { originalMessageId: answered } : {}),
    ...(words ? { words: words.slice(0, MAX_WORDS) } : {}),
    attachments: attachmentsOf(incoming),
  };
  const who = headers.fromAddress;
  const cause = autoReplyCause(root.headers, words);
  if (cause === 'challenge') return { ...common, kind: 'auto-reply', cause, explanation: explanations.challenge(who) };
  if (cause === 'address-changed') return { ...common, kind: 'auto-reply', cause, explanation: explanations.addressChanged(who) };
  if (cause) return { ...common, kind: 'auto-reply', cause, explanation: explanations.autoReply(who) };
  const isAnswer = looksLikeAnswer(root.headers);
  const isOut = wantsOut(headers.subject, words);
  if (isAnswer || isOut)
    return {
      ...common,
      kind: 'reply',
      ...(isOut ? { wantsOut: true } : {}),
      explanation: isOut ? explanations.wantsOut(who) : explanations.reply(who),
    };
  return { ...common, kind: 'other', explanation: explanations.other() };
}

const MAX_WORDS = 2_000;

const MAX_ATTACHMENTS = 50;

function attachmentsOf({ parts }: Incoming): Attachment[] {
  return parts
    .filter(
      ({ children, headers, params }) =>
        children.length === 0 && (/^\s*attachment/i.test(headers.raw('content-disposition')) || params.has('name')),
    )
    .slice(0, MAX_ATTACHMENTS)
    .map(({ headers, params, type, body }) => {
      const named = /filename\*?\s{0,3}=\s{0,3}(?:"([^"]{1,255})"|([^\s;]{1,255}))/i.exec(headers.text('content-disposition'));
      const fileName = named?.[1] ?? named?.[2] ?? decodeWords(params.get('name') ?? '');
      return { fileName: fileName.slice(0, 255), type, encodedBytes: body.length };
    });
}
