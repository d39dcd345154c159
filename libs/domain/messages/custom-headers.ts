import type { HeaderField } from '#protocol/mime';
import { encodeHeader } from '#protocol/mime';
import type { DraftProblems } from './draft-problems.js';
import { messageLimits } from './message-draft.js';

/** What we write ourselves, what decides where mail goes, and what would speak for somebody else. */
const OURS = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'sender',
  'return-path',
  'received',
  'dkim-signature',
  'domainkey-signature',
  'authentication-results',
  'received-spf',
  'delivered-to',
  'x-original-to',
  'feedback-id',
]);
const OURS_PREFIX = /^(?:content-|resent-|arc-|x-chapar-)/;

export function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return OURS.has(lower) || OURS_PREFIX.test(lower);
}

/** A sender's own header fields, ready for the wire; what they may not say is a problem. */
export function customHeaders(headers: Readonly<Record<string, string>>, hasUnsubscribe: boolean, problems: DraftProblems): HeaderField[] {
  const entries = Object.entries(headers);
  if (entries.length > messageLimits.headers) problems.add('headers', 'too_many', `more than ${messageLimits.headers}`);
  const seen = new Set<string>();
  const fields: HeaderField[] = [];
  for (const [name, value] of entries) {
    const field = `headers.${name.slice(0, 60).replace(/[^\x21-\x7e]/g, '?')}`;
    const lower = name.toLowerCase();
    const isTaken = isReservedHeader(name) || (hasUnsubscribe && lower.startsWith('list-unsubscribe'));
    if (!/^[\x21-\x39\x3b-\x7e]{1,100}$/.test(name)) problems.add(field, 'invalid_header', 'is not a header name');
    else if (isTaken) problems.add(field, 'reserved_header', 'is written by Chapar and cannot be set here');
    else if (seen.has(lower)) problems.add(field, 'duplicate', 'is there twice');
    else {
      const before = problems.isEmpty;
      problems.headerText(field, value, messageLimits.headerCharacters);
      if (before && !problems.isEmpty) continue;
      if (problems.isEmpty) fields.push(encodeHeader(name, value));
    }
    seen.add(lower);
  }
  return fields;
}
