import * as z from 'zod';
import { messageLimits } from '../message-draft.js';

/** One mailbox or a list of them. */
const mailboxes = z.union([z.string(), z.array(z.string()).max(messageLimits.recipientsPerField)]);

const attachment = z.strictObject({
  filename: z.union([z.string().min(1).max(255), z.literal(false)]).nullish(),
  /** Base64, or a Node Buffer as JSON writes it. */
  content: z.union([z.string(), z.strictObject({ type: z.literal('Buffer'), data: z.array(z.number().int().min(0).max(255)) })]).nullish(),
  /** An https address to fetch it from. */
  path: z.string().max(4_000).nullish(),
  content_type: z.string().max(300).nullish(),
  content_id: z.string().max(200).nullish(),
});

const tag = z.strictObject({ name: z.string().max(256), value: z.string().max(256) });

/** A message as Resend's API has it, and what we offer beyond. */
export const sendEmailSchema = z
  .strictObject({
    from: z.string().max(1_000),
    to: mailboxes,
    cc: mailboxes.nullish(),
    bcc: mailboxes.nullish(),
    reply_to: mailboxes.nullish(),
    subject: z.string().max(messageLimits.subjectCharacters).nullish(),
    html: z.string().nullish(),
    text: z.string().nullish(),
    headers: z.record(z.string(), z.string()).nullish(),
    attachments: z.array(attachment).max(messageLimits.attachments).nullish(),
    tags: z.array(tag).max(messageLimits.tags).nullish(),
    metadata: z.record(z.string().max(100), z.string().max(messageLimits.valueCharacters)).nullish(),
    template: z.strictObject({ id: z.string().max(100), variables: z.record(z.string(), z.unknown()).nullish() }).nullish(),
    /** ISO 8601, or words such as `in 1 hour` and `tomorrow 9am` (UTC). */
    scheduled_at: z.string().max(100).nullish(),
    expires_at: z.string().max(100).nullish(),
    /** A topic of this workspace: adds List-Unsubscribe, and leaves out who does not want it. */
    topic_id: z.string().max(100).nullish(),
    stream: z.string().max(60).nullish(),
    priority: z.enum(['high', 'normal', 'low']).nullish(),
    tracking: z.strictObject({ opens: z.boolean().optional(), clicks: z.boolean().optional() }).nullish(),
  })
  .meta({ id: 'SendEmail' });
export type SendEmailRequest = z.infer<typeof sendEmailSchema>;

export const MAX_BATCH = 100;

export const rescheduleSchema = z.strictObject({ scheduled_at: z.string().max(100) }).meta({ id: 'RescheduleEmail' });
