import * as z from 'zod';
import type { SendEmailRequest } from '../wire/send-email.schema.js';
import type { MessageDetail, MessageSummary } from '../message-directory.js';
import { labels, splitMailboxes } from './split-mailboxes.js';

const header = z.strictObject({ Name: z.string(), Value: z.string() });
const attachment = z.strictObject({
  Name: z.string(),
  Content: z.string(),
  ContentType: z.string().nullish(),
  ContentID: z.string().nullish(),
  ContentLength: z.number().nullish(),
  Disposition: z.string().nullish(),
});

const common = {
  From: z.string(),
  To: z.string().nullish(),
  Cc: z.string().nullish(),
  Bcc: z.string().nullish(),
  ReplyTo: z.string().nullish(),
  Tag: z.string().max(1_000).nullish(),
  Headers: z.array(header).nullish(),
  TrackOpens: z.boolean().nullish(),
  TrackLinks: z.enum(['None', 'HtmlAndText', 'HtmlOnly', 'TextOnly']).nullish(),
  Attachments: z.array(attachment).nullish(),
  Metadata: z.record(z.string(), z.string()).nullish(),
  MessageStream: z.string().nullish(),
  InlineCss: z.boolean().nullish(),
};

/** `POST /email` of Postmark. */
export const postmarkEmailSchema = z
  .strictObject({ ...common, Subject: z.string().nullish(), HtmlBody: z.string().nullish(), TextBody: z.string().nullish() })
  .meta({ id: 'PostmarkEmail' });
export type PostmarkEmail = z.infer<typeof postmarkEmailSchema>;

/** `POST /email/withTemplate`. Templates are known by our ids: an alias is one, and so is an id that is text. */
export const postmarkTemplateSchema = z
  .strictObject({
    ...common,
    TemplateId: z.union([z.number(), z.string()]).nullish(),
    TemplateAlias: z.string().nullish(),
    TemplateModel: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'PostmarkTemplateEmail' });
export type PostmarkTemplateEmail = z.infer<typeof postmarkTemplateSchema>;

export function fromPostmark(email: PostmarkEmail | PostmarkTemplateEmail): SendEmailRequest {
  const { tags, metadata } = labels('tag', email.Tag ? [email.Tag] : []);
  return {
    from: email.From,
    to: splitMailboxes(email.To),
    cc: splitMailboxes(email.Cc),
    bcc: splitMailboxes(email.Bcc),
    reply_to: splitMailboxes(email.ReplyTo),
    headers: Object.fromEntries((email.Headers ?? []).map(({ Name, Value }) => [Name, Value])),
    attachments: (email.Attachments ?? []).map(({ Name, Content, ContentType, ContentID }) => ({
      filename: Name,
      content: Content,
      content_type: ContentType,
      content_id: ContentID ? ContentID.replace(/^cid:/i, '') : undefined,
    })),
    tags,
    metadata: { ...email.Metadata, ...metadata },
    stream: email.MessageStream ?? undefined,
    tracking: {
      opens: email.TrackOpens ?? false,
      clicks: email.TrackLinks === 'HtmlAndText' || email.TrackLinks === 'HtmlOnly',
    },
    ...('TemplateModel' in email
      ? { template: { id: email.TemplateAlias ?? String(email.TemplateId ?? ''), variables: email.TemplateModel } }
      : { subject: email.Subject ?? '', html: email.HtmlBody || undefined, text: email.TextBody ?? undefined }),
  };
}

/** What Postmark says of an accepted message. `inactive`: recipients that will not get it. */
export function postmarkAccepted(id: string, email: Pick<PostmarkEmail, 'To' | 'Cc' | 'Bcc'>, at: Date, inactive: readonly string[]) {
  return {
    To: email.To ?? '',
    ...(email.Cc && { Cc: email.Cc }),
    ...(email.Bcc && { Bcc: email.Bcc }),
    SubmittedAt: at.toISOString(),
    MessageID: id,
    ErrorCode: 0,
    Message: inactive.length === 0 ? 'OK' : `Message OK, but will not deliver to these inactive addresses: ${inactive.join(', ')}.`,
  };
}

/** Postmark's number for one of our errors. */
export function postmarkErrorCode(code: string): number {
  switch (code) {
    case 'api_key_invalid':
    case 'sign_in_required':
      return 10;
    case 'sender_domain_unverified':
    case 'sender_domain_refused':
      return 400;
    case 'recipients_inactive':
      return 406;
    case 'email_not_found':
      return 701;
    case 'template_not_found':
      return 1101;
    case 'api_rate_limited':
      return 429;
    default:
      return 300;
  }
}

export function postmarkMessage(message: MessageSummary) {
  const { to, cc, bcc } = message.recipients;
  const mailbox = (text: string) => {
    const named = /^"?([^"<]*?)"?\s*<([^>]+)>$/.exec(text);
    return named ? { Email: named[2]!, Name: named[1]! } : { Email: text, Name: '' };
  };
  const tag = message.tags.find(({ name }) => name === 'tag')?.value ?? message.metadata['tag'] ?? '';
  return {
    Tag: tag,
    MessageID: message.id,
    To: to.map(mailbox),
    Cc: cc.map(mailbox),
    Bcc: bcc.map(mailbox),
    Recipients: [...to, ...cc, ...bcc].map((one) => mailbox(one).Email),
    ReceivedAt: message.createdAt.toISOString(),
    From: message.sender,
    Subject: message.subject,
    Attachments: [],
    Status: statusOf(message),
    MessageStream: message.stream,
    Metadata: message.metadata,
    Sandboxed: false,
  };
}

export function postmarkMessageDetails(message: MessageDetail) {
  return { ...postmarkMessage(message), TextBody: message.text ?? '', HtmlBody: message.html ?? '', Body: '', MessageEvents: [] };
}

function statusOf({ lastEvent }: MessageSummary): string {
  return lastEvent === 'queued' || lastEvent === 'scheduled' || lastEvent === 'delivery_delayed' ? 'Queued' : 'Sent';
}
