import { uuidv7 } from '#base/kernel';
import { formatDate } from '#domain/sending';
import { type Address, type HeaderField, serializeHeaders, splitMessage } from '#protocol/mime';
import { DraftProblems } from './draft-problems.js';
import { type RawMessage, messageLimits } from './message-draft.js';
import { prepareOptions } from './message-options.js';
import type { PreparedMessage } from './prepared-message.js';
import { messagesError } from './messages.errors.js';
import { eachOnce } from './prepare-draft.js';

/** Never passed on: who else got it, traces of earlier ways, and what only speaks to us. */
const DROPPED = /^(?:bcc|resent-bcc|return-path|x-chapar-.*|authentication-results)$/i;

const MAX_FIELDS = 1_000;
const MAX_HEAD_BYTES = 256 * 1024;

export interface RawHead {
  readonly headers: readonly HeaderField[];
  readonly body: Buffer;
  /** The one mailbox of the one From field. */
  readonly from: string;
}

/** Parts a whole message and finds its author. @throws ChaparError `sender_invalid` for none, two, or a group */
export function readRaw(raw: Buffer): RawHead {
  const { headers, body } = splitMessage(toCrlf(raw));
  if (headers.length > MAX_FIELDS || raw.length - body.length > MAX_HEAD_BYTES)
    throw messagesError('message_invalid', `The header has more than ${MAX_FIELDS} fields or ${MAX_HEAD_BYTES / 1024} KB.`);
  const from = headers.filter(({ name }) => name.toLowerCase() === 'from');
  if (from.length !== 1)
    throw messagesError('sender_invalid', `The message has ${from.length === 0 ? 'no From field' : 'two From fields'}.`);
  // RFC 5322 §3.6.2 allows several authors; no receiver of today does.
  return { headers, body, from: unfold(from[0]!.value) };
}

/** Checks a message that came whole; its bytes stay as they are but for the fields that may not be passed on. @throws ChaparError `message_invalid` */
export function prepareRaw(
  message: RawMessage,
  head: RawHead,
  sender: { workspaceId: string; apiKeyId: string | null; domainId: string; from: Address },
  now: Date,
): PreparedMessage {
  const problems = new DraftProblems();
  const options = prepareOptions(message, now, problems);
  const { to } = message.envelope;
  if (to.length === 0) problems.add('envelope.to', 'missing', 'names nobody');
  if (to.length > messageLimits.recipientsPerEnvelope)
    problems.add('envelope.to', 'too_many', `more than ${messageLimits.recipientsPerEnvelope}`);
  const recipients = to
    .slice(0, messageLimits.recipientsPerEnvelope)
    .flatMap((text, i) => problems.address(`envelope.to[${i}]`, text) ?? []);
  if (message.raw.length > messageLimits.sizeBytes) problems.add('raw', 'too_large', `more than ${messageLimits.sizeBytes} bytes`);
  problems.refuse();
  const id = uuidv7();
  const field = (name: string) => head.headers.find((header) => header.name.toLowerCase() === name)?.value;
  const given = field('message-id')?.trim();
  const messageId = given ?? `<${id.replaceAll('-', '')}@${sender.from.domain}>`;
  const hasUnsubscribe = options.topicId !== null && field('list-unsubscribe') === undefined;
  const headers: HeaderField[] = [
    ...head.headers.filter(({ name }) => !DROPPED.test(name)),
    // RFC 6409 §8: what submission adds where a client left it out.
    ...(field('date') === undefined ? [{ name: 'Date', value: formatDate(now) }] : []),
    ...(given === undefined ? [{ name: 'Message-ID', value: messageId }] : []),
  ];
  return {
    ...options,
    id,
    workspaceId: sender.workspaceId,
    domainId: sender.domainId,
    apiKeyId: sender.apiKeyId,
    origin: 'smtp',
    sender: head.from,
    recipients: visibleRecipients(field, to),
    replyTo: list(field('reply-to')),
    subject: unfold(field('subject') ?? '').slice(0, messageLimits.subjectCharacters),
    messageId: messageId.slice(0, 998),
    envelopeFrom: message.envelope.from,
    dsn: message.dsn ?? null,
    spool: { isCanonical: false, slots: [], links: [], hasUnsubscribe },
    content: Buffer.concat([Buffer.from(`${serializeHeaders(headers)}\r\n`), head.body]),
    blob: null,
    createdAt: now,
    deliveries: eachOnce(recipients),
  };
}

/** Those of the envelope that the header does not show got a blind copy. */
function visibleRecipients(field: (name: string) => string | undefined, envelope: readonly string[]) {
  const to = list(field('to'));
  const cc = list(field('cc'));
  const shown = [...to, ...cc].join(' ').toLowerCase();
  return {
    to,
    cc,
    bcc: envelope.filter((address) => !shown.includes(address.toLowerCase())).slice(0, messageLimits.recipientsPerEnvelope),
  };
}

/** Roughly: for people to look at, never for the envelope. */
function list(value: string | undefined): string[] {
  if (value === undefined) return [];
  const parts = unfold(value).match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .slice(0, messageLimits.recipientsPerEnvelope);
}

function unfold(value: string): string {
  return value
    .replace(/\r\n(?=[ \t])/g, '')
    .replace(/\0/g, '')
    .trim();
}

const CR = 13;
const LF = 10;

/** RFC 5321 §2.3.8: lines end in CRLF and nothing else does. */
function toCrlf(raw: Buffer): Buffer {
  let lone = 0;
  for (let i = raw.indexOf(LF); i >= 0; i = raw.indexOf(LF, i + 1)) if (i === 0 || raw[i - 1] !== CR) lone++;
  if (lone === 0 && !hasLoneCr(raw)) return raw;
  return Buffer.from(raw.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n'), 'latin1');
}

function hasLoneCr(raw: Buffer): boolean {
  for (let i = raw.indexOf(CR); i >= 0; i = raw.indexOf(CR, i + 1)) if (raw[i + 1] !== LF) return true;
  return false;
}
