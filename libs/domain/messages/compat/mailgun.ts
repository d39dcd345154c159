import type { SendEmailRequest } from '../wire/send-email.schema.js';
import { DraftProblems } from '../draft-problems.js';
import { labels, splitMailboxes } from './split-mailboxes.js';

/** A form as Mailgun's API takes it: several values of one name are several fields. */
export interface MailgunForm {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly { readonly name: string; readonly filename: string; readonly contentType: string; readonly content: Buffer }[];
}

const KNOWN = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'text',
  'html',
  'template',
  't:variables',
  't:text',
  'recipient-variables',
  'o:tag',
  'o:deliverytime',
  'o:tracking',
  'o:tracking-clicks',
  'o:tracking-opens',
  'o:testmode',
  'o:dkim',
  'o:require-tls',
  'o:skip-verification',
]);

/**
 * `POST /v3/{domain}/messages` of Mailgun. With recipient variables everyone gets a message of their own, `%recipient.name%` filled in.
 * @throws ChaparError `message_invalid` for fields that mean nothing here, or are no JSON where they should be
 */
export function fromMailgun({ fields, files }: MailgunForm): SendEmailRequest[] {
  const problems = new DraftProblems();
  const all = (name: string) => fields.filter(([one]) => one === name).map(([, value]) => value);
  const one = (name: string) => all(name)[0];
  for (const [name] of fields)
    if (!KNOWN.has(name) && !/^[hv]:./.test(name)) problems.add(name.slice(0, 60), 'unknown_field', 'is not known here');
  const json = (name: string): Record<string, unknown> => {
    const text = one(name);
    if (text === undefined || text === '') return {};
    const value = parse(text);
    if (value) return value;
    problems.add(name, 'invalid', 'is not a JSON object');
    return {};
  };
  const perRecipient = json('recipient-variables');
  const variables = json('t:variables');
  const time = one('o:deliverytime');
  const at = time === undefined ? undefined : new Date(time);
  if (at && Number.isNaN(at.getTime())) problems.add('o:deliverytime', 'invalid', 'is no date of RFC 2822');
  problems.refuse();

  const { tags, metadata } = labels('tag', all('o:tag'));
  const prefixed = (prefix: string) =>
    Object.fromEntries(fields.flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(2), value]] : [])));
  const { 'Reply-To': replyTo, ...headers } = prefixed('h:') as Record<string, string>;
  const isOn = (name: string) => /^(?:yes|true|htmlonly)$/i.test(one(name) ?? one('o:tracking') ?? '');
  const request: SendEmailRequest = {
    from: one('from') ?? '',
    to: all('to').flatMap(splitMailboxes),
    cc: all('cc').flatMap(splitMailboxes),
    bcc: all('bcc').flatMap(splitMailboxes),
    reply_to: splitMailboxes(replyTo),
    headers,
    tags,
    metadata: { ...prefixed('v:'), ...metadata },
    ...(at && { scheduled_at: at.toISOString() }),
    tracking: { opens: isOn('o:tracking-opens'), clicks: isOn('o:tracking-clicks') },
    attachments: files.map(({ name, filename, contentType, content }) => ({
      filename,
      content: content.toString('base64'),
      content_type: contentType || undefined,
      content_id: name === 'inline' ? filename : undefined,
    })),
    ...(one('template')
      ? { subject: one('subject'), template: { id: one('template')!, variables } }
      : { subject: one('subject') ?? '', html: one('html'), text: one('text') }),
  };
  if (Object.keys(perRecipient).length === 0) return [request];
  return (request.to as string[]).map((to) => {
    const own = perRecipient[addressOf(to)];
    const fill = (text: string | null | undefined) =>
      fillRecipient(text, typeof own === 'object' && own !== null ? own : {}, addressOf(to));
    return { ...request, to: [to], subject: fill(request.subject), html: fill(request.html), text: fill(request.text) };
  });
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function addressOf(mailbox: string): string {
  return /<([^<>]+)>$/.exec(mailbox)?.[1] ?? mailbox;
}

function fillRecipient(text: string | null | undefined, own: object, address: string): string | undefined {
  if (text === null || text === undefined) return undefined;
  const values = new Map<string, unknown>(Object.entries(own));
  return text.replace(/%recipient(?:\.([\w-]{1,100}))?%/g, (tag, name: string | undefined) => {
    if (name === undefined) return address;
    const value = values.get(name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : tag;
  });
}
