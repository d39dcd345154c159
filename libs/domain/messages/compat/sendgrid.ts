import * as z from 'zod';
import type { SendEmailRequest } from '../wire/send-email.schema.js';
import { labels, mailboxOf } from './split-mailboxes.js';

const address = z.strictObject({ email: z.string(), name: z.string().nullish() });
const addresses = z.array(address).max(1_000);
const strings = z.record(z.string(), z.string());
const enabled = z.looseObject({ enable: z.boolean().nullish() });

/** `POST /v3/mail/send` of SendGrid, as far as it means something here; what is not here is reported. */
export const sendgridMailSchema = z
  .strictObject({
    personalizations: z
      .array(
        z.strictObject({
          to: addresses.min(1),
          cc: addresses.nullish(),
          bcc: addresses.nullish(),
          from: address.nullish(),
          subject: z.string().nullish(),
          headers: strings.nullish(),
          substitutions: strings.nullish(),
          dynamic_template_data: z.record(z.string(), z.unknown()).nullish(),
          custom_args: strings.nullish(),
          send_at: z.number().int().nullish(),
        }),
      )
      .min(1)
      .max(1_000),
    from: address,
    reply_to: address.nullish(),
    reply_to_list: addresses.nullish(),
    subject: z.string().nullish(),
    content: z.array(z.strictObject({ type: z.string(), value: z.string() })).nullish(),
    attachments: z
      .array(
        z.strictObject({
          content: z.string(),
          filename: z.string(),
          type: z.string().nullish(),
          disposition: z.string().nullish(),
          content_id: z.string().nullish(),
        }),
      )
      .nullish(),
    template_id: z.string().nullish(),
    headers: strings.nullish(),
    categories: z.array(z.string()).max(10).nullish(),
    custom_args: strings.nullish(),
    send_at: z.number().int().nullish(),
    mail_settings: z.looseObject({ sandbox_mode: enabled.nullish() }).nullish(),
    tracking_settings: z.looseObject({ click_tracking: enabled.nullish(), open_tracking: enabled.nullish() }).nullish(),
  })
  .meta({ id: 'SendGridMail' });
export type SendGridMail = z.infer<typeof sendgridMailSchema>;

/** One message for each personalization. */
export function fromSendGrid(mail: SendGridMail): SendEmailRequest[] {
  const { tags, metadata } = labels('category', mail.categories ?? []);
  const content = (type: string) => mail.content?.find((one) => one.type === type)?.value;
  return mail.personalizations.map((one) => {
    const fill = (text: string | null | undefined) => substitute(text, one.substitutions ?? {});
    const sendAt = one.send_at ?? mail.send_at;
    return {
      from: mailboxOf(one.from ?? mail.from),
      to: one.to.map(mailboxOf),
      cc: one.cc?.map(mailboxOf),
      bcc: one.bcc?.map(mailboxOf),
      reply_to: (mail.reply_to_list ?? (mail.reply_to ? [mail.reply_to] : [])).map(mailboxOf),
      subject: fill(one.subject ?? mail.subject),
      headers: { ...mail.headers, ...one.headers },
      attachments: mail.attachments?.map(({ content: bytes, filename, type, disposition, content_id }) => ({
        filename,
        content: bytes,
        content_type: type,
        content_id: disposition === 'inline' ? content_id : undefined,
      })),
      tags,
      metadata: { ...mail.custom_args, ...one.custom_args, ...metadata },
      ...(sendAt ? { scheduled_at: new Date(sendAt * 1000).toISOString() } : {}),
      tracking: {
        opens: mail.tracking_settings?.open_tracking?.enable ?? false,
        clicks: mail.tracking_settings?.click_tracking?.enable ?? false,
      },
      ...(mail.template_id
        ? { template: { id: mail.template_id, variables: one.dynamic_template_data ?? {} } }
        : { html: fill(content('text/html')), text: fill(content('text/plain')) }),
    };
  });
}

/** Whether the request only asks whether it would be accepted. */
export function isSendGridRehearsal(mail: SendGridMail): boolean {
  return mail.mail_settings?.sandbox_mode?.enable ?? false;
}

function substitute(text: string | null | undefined, values: Readonly<Record<string, string>>): string | undefined {
  if (text === null || text === undefined) return undefined;
  return Object.entries(values).reduce((filled, [tag, value]) => (tag === '' ? filled : filled.replaceAll(tag, () => value)), text);
}
