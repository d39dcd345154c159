import { uuidv7 } from '#base/kernel';
import type { SlotKind } from '#domain/sending';
import { formatDate } from '#domain/sending';
import { plainTextOf } from '#domain/templates';
import { type Address, type HeaderField, addressKey, composeMessage, encodeHeader, formatMailbox, serializeHeaders } from '#protocol/mime';
import { customHeaders } from './custom-headers.js';
import { DraftProblems } from './draft-problems.js';
import { type MessageDraft, messageLimits } from './message-draft.js';
import { prepareOptions } from './message-options.js';
import type { PreparedDelivery, PreparedMessage } from './prepared-message.js';
import { messagesError } from './messages.errors.js';
import { trackHtml, trackText } from './track-html.js';

export interface DraftSender {
  readonly workspaceId: string;
  readonly apiKeyId: string | null;
  readonly domainId: string;
  readonly from: Address;
}

/** Larger pages get no text made for them: that would hold up everybody. */
const MAX_CONVERTED_CHARACTERS = 300_000;

/** The mailbox of the From field. @throws ChaparError `sender_invalid` */
export function readSender(from: string): Address {
  const problems = new DraftProblems();
  const address = problems.address('from', from);
  if (address) return address;
  try {
    problems.refuse();
  } catch (error) {
    throw messagesError('sender_invalid', (error as Error).message, {
      details: [{ field: 'from', code: 'invalid_address', message: (error as Error).message }],
    });
  }
  throw new TypeError('unreachable');
}

/** Checks a draft and composes its bytes, all but what differs between recipients. @throws ChaparError `message_invalid` */
export function prepareDraft(draft: MessageDraft, sender: DraftSender, now: Date): PreparedMessage {
  const problems = new DraftProblems();
  const options = prepareOptions(draft, now, problems);
  const to = mailboxes('to', draft.to, problems);
  const cc = mailboxes('cc', draft.cc ?? [], problems);
  const bcc = mailboxes('bcc', draft.bcc ?? [], problems);
  const replyTo = mailboxes('reply_to', draft.replyTo ?? [], problems);
  if (draft.to.length === 0) problems.add('to', 'missing', 'names nobody');
  const subject = draft.subject ?? '';
  problems.headerText('subject', subject, messageLimits.subjectCharacters);
  checkContent(draft, problems);
  const hasUnsubscribe = options.topicId !== null;
  const custom = customHeaders(draft.headers ?? {}, hasUnsubscribe, problems);
  problems.refuse();

  const id = uuidv7();
  const body = composeBody(draft, id, hasUnsubscribe, problems);
  problems.refuse();
  const messageId = `<${id.replaceAll('-', '')}@${sender.from.domain}>`;
  const headers: HeaderField[] = [
    { name: 'From', value: formatMailbox(sender.from.display ?? '', sender.from.address) },
    ...(to.length > 0 ? [{ name: 'To', value: mailboxList(to) }] : []),
    ...(cc.length > 0 ? [{ name: 'Cc', value: mailboxList(cc) }] : []),
    ...(replyTo.length > 0 ? [{ name: 'Reply-To', value: mailboxList(replyTo) }] : []),
    encodeHeader('Subject', subject),
    { name: 'Date', value: formatDate(now) },
    { name: 'Message-ID', value: messageId },
    ...custom,
    ...body.headers,
  ];
  const content = Buffer.concat([Buffer.from(`${serializeHeaders(headers)}\r\n`), body.body]);
  if (content.length > messageLimits.sizeBytes)
    throw messagesError('message_invalid', `The message has ${content.length} bytes, more than ${messageLimits.sizeBytes}.`);
  return {
    ...options,
    id,
    workspaceId: sender.workspaceId,
    domainId: sender.domainId,
    apiKeyId: sender.apiKeyId,
    origin: 'api',
    sender: draft.from.trim(),
    recipients: { to: draft.to, cc: draft.cc ?? [], bcc: draft.bcc ?? [] },
    replyTo: draft.replyTo ?? [],
    subject,
    messageId,
    envelopeFrom: '',
    dsn: null,
    spool: { isCanonical: body.isCanonical, slots: body.slots, links: body.links, hasUnsubscribe },
    content,
    blob: null,
    createdAt: now,
    deliveries: eachOnce([...to, ...cc, ...bcc]),
  };
}

/** One delivery for each address, however often it is named. */
export function eachOnce(addresses: readonly Address[]): PreparedDelivery[] {
  const byKey = new Map<string, PreparedDelivery>();
  for (const address of addresses) {
    const key = addressKey(address);
    if (!byKey.has(key)) byKey.set(key, { email: address.address, key, domain: address.domain });
  }
  return [...byKey.values()];
}

function mailboxes(field: string, list: readonly string[], problems: DraftProblems): Address[] {
  if (list.length > messageLimits.recipientsPerField) {
    problems.add(field, 'too_many', `names ${list.length} addresses, more than ${messageLimits.recipientsPerField}`);
    return [];
  }
  return list.flatMap((text, i) => problems.address(list.length === 1 ? field : `${field}[${i}]`, text) ?? []);
}

function mailboxList(addresses: readonly Address[]): string {
  return addresses.map(({ display, address }) => formatMailbox(display ?? '', address)).join(',\r\n ');
}

function checkContent({ html, text, attachments = [] }: MessageDraft, problems: DraftProblems): void {
  if (html === undefined && text === undefined && attachments.length === 0)
    problems.add('html', 'missing', 'give html, text or a template');
  for (const [field, value] of [
    ['html', html],
    ['text', text],
  ] as const)
    if (value?.includes('\0')) problems.add(field, 'control_character', 'holds a NUL');
  if (attachments.length > messageLimits.attachments) problems.add('attachments', 'too_many', `more than ${messageLimits.attachments}`);
  const size = attachments.reduce((sum, { content }) => sum + content.byteLength, 0);
  if (size > messageLimits.sizeBytes) problems.add('attachments', 'too_large', `have more than ${messageLimits.sizeBytes} bytes`);
  for (const [i, { filename, contentType, contentId }] of attachments.entries()) {
    problems.headerText(`attachments[${i}].filename`, filename, 255);
    if (
      contentType !== undefined &&
      !/^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:; ?[\w-]{1,50}=(?:[\w!#$&^.+-]{1,100}|"[\w !#$&^.+/:-]{1,100}"))*$/.test(contentType)
    )
      problems.add(`attachments[${i}].content_type`, 'invalid', 'is not a media type such as image/png');
    if (contentId !== undefined && !/^[\w!#$%&'*+/=?^`{|}~.@-]{1,128}$/.test(contentId))
      problems.add(`attachments[${i}].content_id`, 'invalid', 'has 1 to 128 letters, digits and signs without spaces');
  }
}

function composeBody(draft: MessageDraft, id: string, hasUnsubscribe: boolean, problems: DraftProblems) {
  const { html, attachments = [], tracking } = draft;
  const page = html === undefined ? undefined : trackHtml(html, { opens: tracking?.opens ?? false, clicks: tracking?.clicks ?? false });
  const plain = trackText(textOf(draft));
  if (!hasUnsubscribe && [...plain.slots, ...(page?.slots ?? [])].some(([kind]) => kind === 'unsubscribe'))
    problems.add('topic_id', 'missing', 'an address to unsubscribe needs a topic to unsubscribe from');
  // Ids of holes: those of the text first.
  const offset = plain.slots.length;
  const composed = composeMessage({
    boundary: `=_chapar_${id.replaceAll('-', '')}`,
    text: plain.content.length === 0 ? undefined : plain.content,
    html: page?.content.map((piece) => (typeof piece === 'string' ? piece : { hole: piece.hole + offset })),
    attachments,
  });
  const kinds: readonly (readonly [SlotKind, number])[] = [...plain.slots, ...(page?.slots ?? [])];
  return {
    headers: composed.headers,
    body: composed.body,
    isCanonical: composed.isCanonical,
    links: page?.links ?? [],
    slots: composed.holes.map(({ offset: at, id: hole }) => [at, ...kinds[hole]!] as const),
  };
}

function textOf({ html, text }: MessageDraft): string {
  if (text !== undefined) return text;
  return html === undefined || html.length > MAX_CONVERTED_CHARACTERS ? '' : plainTextOf(html);
}
