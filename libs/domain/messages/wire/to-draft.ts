import type { Attachment } from '#protocol/mime';
import { type MessageDraft, messageLimits } from '../message-draft.js';
import { messagesError } from '../messages.errors.js';
import { contentTypeOf } from './content-type.js';
import { parseSchedule } from './parse-schedule.js';
import type { SendEmailRequest } from './send-email.schema.js';

/** Fetches what an attachment names by its address. @throws ChaparError `attachment_invalid` */
export type AttachmentFetch = (url: string) => Promise<Buffer>;

type WireAttachment = NonNullable<SendEmailRequest['attachments']>[number];

/** The message that a request asks for. @throws ChaparError `message_invalid`, `attachment_invalid` */
export async function toDraft(request: SendEmailRequest, fetch: AttachmentFetch, now: Date): Promise<MessageDraft> {
  const attachments: Attachment[] = [];
  for (const [i, one] of (request.attachments ?? []).entries()) attachments.push(await toAttachment(one, i, fetch));
  const { template } = request;
  return {
    from: request.from,
    to: list(request.to),
    cc: list(request.cc),
    bcc: list(request.bcc),
    replyTo: list(request.reply_to),
    subject: request.subject ?? undefined,
    html: request.html ?? undefined,
    text: request.text ?? undefined,
    headers: request.headers ?? {},
    attachments,
    tags: request.tags ?? [],
    metadata: request.metadata ?? {},
    template: template ? { id: template.id, variables: template.variables ?? {} } : undefined,
    scheduledAt: time('scheduled_at', request.scheduled_at, now),
    expiresAt: time('expires_at', request.expires_at, now),
    topicId: request.topic_id ?? undefined,
    stream: request.stream ?? undefined,
    priority: request.priority ?? undefined,
    tracking: request.tracking ?? undefined,
  };
}

/** @throws ChaparError `message_invalid` */
export function time(field: string, text: string | null | undefined, now: Date): Date | undefined {
  if (text === null || text === undefined) return undefined;
  const date = parseSchedule(text, now);
  if (date) return date;
  const message = `${field}: give a time in ISO 8601, or words such as "in 1 hour" or "tomorrow 9am"`;
  throw messagesError('message_invalid', message, { details: [{ field, code: 'invalid_time', message }] });
}

function list(value: string | readonly string[] | null | undefined): readonly string[] {
  if (value === null || value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

async function toAttachment(one: WireAttachment, i: number, fetch: AttachmentFetch): Promise<Attachment> {
  const field = `attachments[${i}]`;
  const { path } = one;
  const content = one.content === null || one.content === undefined ? undefined : bytesOf(one.content, field);
  if ((content === undefined) === (path === null || path === undefined)) throw refused(field, 'give either content or path');
  const filename = one.filename || nameOf(path) || (one.content_id ? 'inline' : undefined);
  if (filename === undefined) throw refused(`${field}.filename`, 'an attachment needs a name');
  return {
    filename,
    content: content ?? (await fetch(path!)),
    contentType: one.content_type ?? contentTypeOf(filename),
    ...(one.content_id && { contentId: one.content_id.replace(/^<(.*)>$/, '$1') }),
  };
}

function bytesOf(content: NonNullable<WireAttachment['content']>, field: string): Buffer {
  if (typeof content !== 'string') return Buffer.from(content.data);
  if (content.length > (messageLimits.sizeBytes * 4) / 3 + 4) throw refused(`${field}.content`, 'is too large');
  if (!/^[A-Za-z0-9+/_\-\s]*={0,2}\s*$/.test(content)) throw refused(`${field}.content`, 'is not base64');
  return Buffer.from(content, 'base64');
}

function nameOf(path: string | null | undefined): string | undefined {
  const last = path && URL.canParse(path) ? new URL(path).pathname.split('/').at(-1) : undefined;
  if (!last) return undefined;
  try {
    return decodeURIComponent(last).slice(0, 255);
  } catch {
    return last.slice(0, 255);
  }
}

export function refused(field: string, why: string) {
  const message = `${field}: ${why}`;
  return messagesError('attachment_invalid', message, { details: [{ field, code: 'invalid_attachment', message }] });
}
