import { findAddress, reportAddress } from './addresses.js';
import { explainComplaint, explanations } from './explanations.js';
import type { Finding, Incoming } from './incoming.js';
import { readOriginal } from './original-message.js';
import { partText, readHeaders } from './read-mime.js';

/** RFC 5965 §7.3 and RFC 6430: these are no complaints. */
const HARMLESS_FEEDBACK = new Set(['not-spam', 'auth-failure', 'dmarc']);

/** Feedback reports (RFC 5965), and what looks like one. */
export function readComplaint(incoming: Incoming): Finding | undefined {
  const part = incoming.parts.find(({ type }) => type === 'message/feedback-report');
  if (!part) return readForwardedComplaint(incoming);
  const fields = readHeaders(Buffer.from(partText(part).trimStart()));
  const feedbackType = (fields.raw('feedback-type') || 'abuse').toLowerCase().slice(0, 60);
  const { original, ...found } = readOriginal(incoming.parts);
  const named = uniqueAddresses(
    [...fields.all('original-rcpt-to'), ...fields.all('removal-recipient')].map((field) => reportAddress(field)),
  );
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
    returnPathCandidates: uniqueAddresses([...found.returnPathCandidates, findAddress(mailFrom)]),
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
    ...readOriginal(incoming.parts),
  };
}

function uniqueAddresses(addresses: readonly (string | undefined)[]): string[] {
  return [...new Set(addresses.filter((address) => address !== undefined && address !== ''))] as string[];
}
