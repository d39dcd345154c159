import { findAddress } from './addresses.js';
import { classifyReply, extractCodes } from './classify-reply.js';
import { type DeliveryStatus, type RecipientStatus, readDeliveryStatus } from './delivery-status.js';
import { explanations } from './explanations.js';
import type { Finding, Incoming } from './incoming.js';
import { readOriginal } from './original-message.js';
import { readPlainBounce } from './plain-bounces.js';
import { oneLine, reasonInWords } from './reason.js';
import { outcome } from './verdict.js';
import { isChallenge, readWords, reportText } from './words-report.js';

const STATUS_TYPES = new Set(['message/delivery-status', 'message/global-delivery-status']);

/** Delivery status notifications: RFC 3464, RFC 6533. */
export function readStatusReport(incoming: Incoming): Finding | undefined {
  const part = incoming.parts.find(({ type }) => STATUS_TYPES.has(type));
  if (!part) return undefined;
  const status = readDeliveryStatus(part);
  // What failed outweighs what waits, and that what arrived.
  const rank = (recipient: RecipientStatus) => ['failed', 'delayed'].indexOf(recipient.action) + 1 || 3;
  const decisive = status.recipients.toSorted((a, b) => rank(a) - rank(b))[0];
  const notice = reportText(incoming);
  // A report without a readable recipient still may say it in words.
  const inWords = decisive?.originalRecipient || decisive?.finalRecipient ? undefined : readWords(incoming);
  if (!decisive) return inWords;
  if (!decisive.diagnostic && readPlainBounce(notice).dialect === undefined && isChallenge(notice, incoming.headers.subject))
    return undefined;
  const original = readOriginal(incoming.parts);
  const recipient =
    decisive.originalRecipient ??
    decisive.finalRecipient ??
    findAddress(incoming.root.headers.raw('x-failed-recipients')) ??
    inWords?.recipient ??
    original.original.recipient;
  const common = { ...reportCommon(status, decisive, recipient), ...original, ...(recipient ? { recipient } : {}) };
  if (decisive.action !== 'failed' && decisive.action !== 'delayed')
    return { ...common, kind: 'other', explanation: explanations.delivered(recipient) };
  return { ...common, ...judge(notice, decisive, recipient) };
}

function reportCommon(status: DeliveryStatus, decisive: RecipientStatus, recipient: string | undefined) {
  const same = status.recipients.filter(({ action }) => action === decisive.action);
  const named = same.flatMap(({ originalRecipient, finalRecipient }) => [originalRecipient, finalRecipient]);
  return {
    recipients: [...new Set([...named, recipient].filter((address) => address !== undefined))],
    ...(status.reportingMta ? { reportingMta: status.reportingMta } : {}),
    ...(decisive.remoteMta ? { remoteMta: decisive.remoteMta } : {}),
  };
}

/** Class, codes and reason of a recipient that failed or waits. */
function judge(notice: string, status: RecipientStatus, recipient: string | undefined) {
  const words = status.diagnostic || status.statusComment || '';
  const codes = extractCodes(words);
  // x.0.0 says nothing, and x.y.0 little: the words of the server beside it are more precise (RFC 3463 §3.1).
  const isVague = status.status === undefined || /\.0$/.test(status.status);
  const enhancedCode = isVague ? (codes.enhancedCode ?? status.status) : status.status;
  const reason = oneLine(words) || reasonInWords(notice);
  let verdict = classifyReply({ code: codes.smtpCode, enhanced: enhancedCode, text: reason ?? '' });
  if (verdict.class === 'other' || (isVague && !codes.enhancedCode && words === '')) {
    const byNotice = classifyReply({ code: codes.smtpCode, enhanced: enhancedCode, text: notice.slice(0, 2_000) });
    if (byNotice.class !== 'other') verdict = byNotice;
  }
  const isDelayed = status.action === 'delayed';
  return outcome(isDelayed, { ...verdict, ...codes, ...(enhancedCode ? { enhancedCode } : {}) }, reason, recipient);
}
