import { type HeaderField, encodeHeader, formatMailbox } from '#protocol/mime';
import { unquoteXtext } from './dsn-parameters.js';

/** What is told about a recipient (RFC 3464 §2.3.3); `relayed`: it was handed to a server that reports no more (RFC 3461 §5.2.2). */
export type ReportAction = 'failed' | 'delayed' | 'relayed';

export interface ReportedRecipient {
  /** Where it was sent to. */
  readonly address: string;
  /** `ORCPT` as it was given, such as `rfc822;sara+40example.org`: its type and its xtext (RFC 3461 §4.2). */
  readonly originalRecipient?: string | undefined;
  /** RFC 3463, such as `5.1.1`. */
  readonly status: string;
  /** What the server said: `550 5.1.1 no such user`. */
  readonly diagnostic?: string | undefined;
  readonly remoteMta?: string | undefined;
  readonly lastAttemptAt?: Date | undefined;
  /** Of what is delayed. */
  readonly willRetryUntil?: Date | undefined;
  /** A sentence for whoever sent it. */
  readonly explanation: string;
}

export interface ReportInput {
  readonly action: ReportAction;
  /** Our name in DNS. */
  readonly reportingMta: string;
  readonly from: string;
  /** The envelope sender of the message; never the null sender (RFC 3461 §6.1, RFC 5321 §4.5.5). */
  readonly to: string;
  readonly messageId: string;
  readonly date: string;
  readonly arrivedAt: Date;
  /** `ENVID` as it was given, xtext undone. */
  readonly envelopeId?: string | undefined;
  readonly recipients: readonly ReportedRecipient[];
  /** The message, or its header alone with the empty line after it (RET=HDRS). */
  readonly original: { readonly bytes: Buffer; readonly isWhole: boolean; readonly subject: string };
  /** Unlike any line of the original. */
  readonly boundary: string;
}

export interface WrittenReport {
  readonly headers: HeaderField[];
  readonly body: Buffer;
}

const subjects: Record<ReportAction, string> = {
  failed: 'Your message was not delivered',
  delayed: 'Your message is delayed',
  relayed: 'Your message was passed on',
};
const lead: Record<ReportAction, string> = {
  failed: 'Your message could not be delivered, and will not be tried again, to:',
  delayed: 'Your message has not been delivered yet. It is still being tried, and you need do nothing. It waits for:',
  relayed: 'Your message was accepted by a server that sends no reports of its own. Nothing more will be heard of it, for:',
};

/** A delivery status notification: RFC 3464 in RFC 6522, and RFC 6533 where an address or the original is not ASCII. */
export function writeReport(input: ReportInput): WrittenReport {
  if (input.to === '') throw new TypeError('a report never goes to the null sender');
  const isGlobal = [...input.recipients.map(({ address }) => address), input.to].some((text) => !isAscii(text));
  const originalIsAscii = isAscii(input.original.bytes.toString('latin1'));
  const parts = [
    part('text/plain; charset=utf-8', 'quoted-printable', Buffer.from(quotedPrintable(textOf(input)))),
    statusPart(input, isGlobal),
    originalPart(input, originalIsAscii),
  ];
  const body = Buffer.concat([
    ...parts.flatMap((bytes) => [Buffer.from(`--${input.boundary}\r\n`), bytes, Buffer.from('\r\n')]),
    Buffer.from(`--${input.boundary}--\r\n`),
  ]);
  return { headers: headersOf(input), body };
}

function headersOf(input: ReportInput): HeaderField[] {
  return [
    { name: 'From', value: formatMailbox('Mail Delivery System', input.from) },
    { name: 'To', value: formatMailbox('', input.to) },
    encodeHeader('Subject', `${subjects[input.action]}: ${input.original.subject}`.slice(0, 200)),
    { name: 'Date', value: input.date },
    { name: 'Message-ID', value: input.messageId },
    // RFC 3834 §5: nobody's program answers it.
    { name: 'Auto-Submitted', value: input.action === 'failed' ? 'auto-generated (failure)' : 'auto-generated (notification)' },
    { name: 'MIME-Version', value: '1.0' },
    { name: 'Content-Type', value: `multipart/report; report-type=delivery-status;\r\n boundary="${input.boundary}"` },
  ];
}

function textOf({ action, recipients, original }: ReportInput): string {
  const about = recipients.flatMap(({ address, explanation, diagnostic, willRetryUntil }) => [
    '',
    `  ${address}`,
    `  ${explanation}`,
    ...(diagnostic === undefined ? [] : [`  The server said: ${clean(diagnostic)}`]),
    ...(willRetryUntil === undefined ? [] : [`  It is tried until ${willRetryUntil.toUTCString()}.`]),
  ]);
  return ['This is the mail system.', '', lead[action], ...about, '', `Subject: ${clean(original.subject)}`, ''].join('\r\n');
}

function statusPart(input: ReportInput, isGlobal: boolean): Buffer {
  const { action, reportingMta, envelopeId, arrivedAt, recipients } = input;
  const perMessage = [
    ...(envelopeId === undefined ? [] : [`Original-Envelope-Id: ${clean(envelopeId)}`]),
    `Reporting-MTA: dns; ${reportingMta}`,
    `Arrival-Date: ${rfc5322Date(arrivedAt)}`,
  ];
  const text = [perMessage, ...recipients.map((recipient) => recipientFields(recipient, action, isGlobal))]
    .map((fields) => fields.map((field) => `${fold(field)}\r\n`).join(''))
    .join('\r\n');
  // RFC 6533 §6: in base64, so that it travels where 8BITMIME is not offered.
  if (isGlobal) return part('message/global-delivery-status', 'base64', base64(Buffer.from(text)));
  return part('message/delivery-status', undefined, Buffer.from(text));
}

function recipientFields(recipient: ReportedRecipient, action: ReportAction, isGlobal: boolean): string[] {
  const { address, originalRecipient, status, diagnostic, remoteMta, lastAttemptAt, willRetryUntil } = recipient;
  return [
    ...(originalRecipient === undefined ? [] : [`Original-Recipient: ${originalRecipientField(originalRecipient)}`]),
    `Final-Recipient: ${isGlobal ? 'utf-8' : 'rfc822'}; ${address}`,
    `Action: ${action}`,
    `Status: ${status}`,
    ...(remoteMta === undefined || remoteMta === '' ? [] : [`Remote-MTA: dns; ${clean(remoteMta)}`]),
    ...(diagnostic === undefined || diagnostic === '' ? [] : [`Diagnostic-Code: smtp; ${printable(diagnostic)}`]),
    ...(lastAttemptAt === undefined ? [] : [`Last-Attempt-Date: ${rfc5322Date(lastAttemptAt)}`]),
    ...(willRetryUntil === undefined ? [] : [`Will-Retry-Until: ${rfc5322Date(willRetryUntil)}`]),
  ];
}

/** RFC 3464 §2.3.1: the type as it came, and the address without its xtext; what is not xtext is shown as it is. */
function originalRecipientField(given: string): string {
  const at = given.indexOf(';');
  const [type, xtext] = at < 0 ? ['rfc822', given] : [given.slice(0, at), given.slice(at + 1)];
  let address = xtext;
  try {
    address = unquoteXtext(xtext);
  } catch {
    // Of RFC 6533's unitext, or of a client that encodes nothing.
  }
  return `${clean(type)}; ${clean(address)}`;
}

function originalPart({ original }: ReportInput, isPlain: boolean): Buffer {
  if (isPlain) return part(original.isWhole ? 'message/rfc822' : 'text/rfc822-headers', undefined, original.bytes);
  // RFC 6533 §5, §6.3; message/rfc822 may not be encoded (RFC 2046 §5.2.1), message/global may.
  return part(original.isWhole ? 'message/global' : 'message/global-headers', 'base64', base64(original.bytes));
}

function part(type: string, encoding: string | undefined, content: Buffer): Buffer {
  const fields = `Content-Type: ${type}\r\n${encoding === undefined ? '' : `Content-Transfer-Encoding: ${encoding}\r\n`}\r\n`;
  return Buffer.concat([Buffer.from(fields), content]);
}

function base64(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n'));
}

function quotedPrintable(text: string): string {
  return text
    .split('\r\n')
    .map((line) => {
      let out = '';
      let column = 0;
      for (const byte of Buffer.from(line)) {
        const isPlain = byte >= 32 && byte <= 126 && byte !== 61;
        const piece = isPlain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
        if (column + piece.length > 75) {
          out += '=\r\n';
          column = 0;
        }
        out += piece;
        column += piece.length;
      }
      return out.replace(/ $/, '=20');
    })
    .join('\r\n');
}

/** Long fields continue on lines of their own (RFC 5322 §2.2.3), where they have spaces. */
function fold(field: string): string {
  return field.length <= 78
    ? field
    : field.replace(/(.{1,76})(?: |$)/g, (_, line: string, at: number) => (at === 0 ? line : `\r\n ${line}`));
}

function clean(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, 900);
}

/** RFC 3464 §2.1.1 has fields in ASCII: what a server said in other letters is shown as question marks there, and whole in the text. */
function printable(text: string): string {
  return clean(text).replace(/[^\x20-\x7e]/g, '?');
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

function rfc5322Date(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
