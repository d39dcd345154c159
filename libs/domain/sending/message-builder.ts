import { type MailClass, DeliveryKind, MailClass as Classes } from '#base/contracts';
import { type RowId, rowIdTime } from '#base/kernel';
import { type MergeData, type MessageUrls, mergeDataOf, renderLink } from '#domain/templates';
import type { TrackingUrls } from '#domain/tracking';
import { signDkim } from '#protocol/dkim';
import { type HeaderField, composeAlternative, encodeHeader, formatMailbox, serializeHeaders } from '#protocol/mime';
import type { LoadedTemplate, MessageSources, Signer } from './message-sources.js';
import { fillSlots, recipientSlot } from './message-spool.js';
import type { CampaignEnvelope, OutgoingMessage } from './outgoing-message.js';
import { sendingError } from './sending.errors.js';

/** A message ready for its transaction. */
export interface BuiltMessage {
  readonly mailFrom: string;
  readonly rcptTo: string;
  readonly content: readonly Buffer[];
  readonly sizeBytes: number;
  readonly needsSmtpUtf8: boolean;
  readonly isEightBit?: boolean;
}

/**
 * Renders and signs one delivery. Everything in it derives from the delivery and its frozen campaign, even the date, so a
 * repeat is the same message byte for byte, but for the signature's own time where the key is new.
 */
export class MessageBuilder {
  constructor(
    private readonly sources: MessageSources,
    private readonly urls: TrackingUrls,
  ) {}

  /** @throws anything that makes the message impossible: a final failure of this delivery, never a reason to try again */
  async build(message: OutgoingMessage): Promise<BuiltMessage> {
    const { envelope, templateVersionId } = message;
    if (message.messageId !== null) return this.finish(message, message.messageId);
    if (!envelope || envelope.domainId === null || templateVersionId === null)
      throw sendingError('sending_no_sender', 'The delivery has no sender or no template version.');
    const [template, signer] = await Promise.all([this.sources.template(templateVersionId), this.sources.signer(envelope.domainId)]);
    refuseForeignSender(envelope.fromEmail, signer);
    const data = mergeDataOf({ email: message.email, merge: message.merge as Record<string, unknown> | null });
    const isTest = message.kind === DeliveryKind.test;
    const rendered = template.prepared.render(data, isTest ? inertUrls(template, data) : this.trackedUrls(message.deliveryId));
    const composed = composeAlternative({ boundary: `=_chapar_${base36(message.deliveryId)}`, text: rendered.text, html: rendered.html });
    const date = rowIdTime(message.deliveryId);
    const headers = [...this.headers(message, envelope, signer, rendered.subject, date), ...composed.headers];
    const body = Buffer.concat(composed.body, composed.sizeBytes);
    const signatures = await signDkim({ headers, body: [body] }, signer.keys, { timestamp: date, bodyIsCanonical: true });
    const head = Buffer.from(`${serializeHeaders([...signatures, ...headers])}\r\n`, 'utf8');
    return {
      mailFrom: this.urls.returnPath(message.deliveryId, signer.returnPathHost),
      rcptTo: message.email,
      content: [head, body],
      sizeBytes: head.length + body.length,

      needsSmtpUtf8: /[^\x00-\x7f]/.test(message.email),
    };
  }

  /** Mail that was accepted whole: the same for every recipient, but for what tracking and unsubscribing need. */
  private async finish(message: OutgoingMessage, messageId: string): Promise<BuiltMessage> {
    const { deliveryId } = message;
    const spooled = await this.sources.spooled(messageId);
    const signer = await this.sources.signer(spooled.domainId);
    const { spool } = spooled;
    const headers: HeaderField[] = [
      ...(spool.hasUnsubscribe ? this.unsubscribeHeaders(deliveryId, signer) : []),
      { name: 'Feedback-ID', value: feedbackId(spooled.stream, message.class, message.workspaceId) },
      ...spooled.headers,
    ];
    const body = fillSlots(spooled, (kind, position) => recipientSlot(kind, position, deliveryId, this.urls));
    const options = { timestamp: spooled.createdAt, bodyIsCanonical: spool.isCanonical, bodyIsShared: body === spooled.body };
    const signatures = await signDkim({ headers, body: [body] }, signer.keys, options);
    const head = Buffer.from(`${serializeHeaders([...signatures, ...headers])}\r\n`, 'utf8');
    return {
      mailFrom: spooled.isReport ? '' : this.urls.returnPath(deliveryId, signer.returnPathHost),
      rcptTo: message.email,
      content: [head, body],
      sizeBytes: head.length + body.length,
      isEightBit: spooled.isEightBit,

      needsSmtpUtf8: /[^\x00-\x7f]/.test(message.email),
    };
  }

  /** RFC 8058 §3.1: an HTTP(S) URI, and the header that says a POST to it is enough. Folded: both are long. */
  private unsubscribeHeaders(deliveryId: RowId, signer: Signer): HeaderField[] {
    const mailto = `mailto:${this.urls.replyTo(deliveryId, signer.returnPathHost)}?subject=unsubscribe`;
    return [
      { name: 'List-Unsubscribe', value: `<${this.urls.unsubscribe(deliveryId)}>,\r\n <${mailto}>` },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    ];
  }

  private headers(message: OutgoingMessage, envelope: CampaignEnvelope, signer: Signer, subject: string, date: Date): HeaderField[] {
    const { deliveryId } = message;
    const replyTo = envelope.replyTo === '' ? this.urls.replyTo(deliveryId, signer.returnPathHost) : envelope.replyTo;
    const fields: HeaderField[] = [
      { name: 'From', value: formatMailbox(envelope.fromName, envelope.fromEmail) },
      { name: 'To', value: formatMailbox('', message.email) },
      { name: 'Reply-To', value: formatMailbox('', replyTo) },
      encodeHeader('Subject', subject),
      { name: 'Date', value: formatDate(date) },
      { name: 'Message-ID', value: messageIdOf(deliveryId, signer.domain) },
      { name: 'Feedback-ID', value: feedbackId(envelope.campaignId, message.class, message.workspaceId) },
    ];
    if (message.kind === DeliveryKind.campaign) fields.push(...this.unsubscribeHeaders(deliveryId, signer));
    return fields;
  }

  private trackedUrls(deliveryId: RowId): MessageUrls {
    const { urls } = this;
    return {
      link: (position) => urls.click(deliveryId, position),
      openPixel: () => urls.openPixel(deliveryId),
      unsubscribe: () => urls.unsubscribe(deliveryId),
      webView: () => urls.webView(deliveryId),
    };
  }
}

/** Test mail looks like the campaign's and does nothing: links lead straight to their targets, nothing unsubscribes. */
function inertUrls({ compiled }: LoadedTemplate, data: MergeData): MessageUrls {
  return {
    link: (position) => renderLink(compiled, position, data) ?? '#',
    openPixel: () => undefined,
    unsubscribe: () => '#',
    webView: () => '#',
  };
}

/** The same for every attempt of a delivery, so that whoever gets it twice can tell. */
export function messageIdOf(deliveryId: RowId, domain: string): string {
  return `<${base36(deliveryId)}.chapar@${domain}>`;
}

/** Google's Feedback-ID: three fields to group by, and a sender that stays the same. None holds personal data. */
function feedbackId(group: string, mailClass: MailClass, workspaceId: string): string {
  return `${group}:${mailClass === Classes.bulk ? 'bulk' : 'transactional'}:chapar:${workspaceId.replaceAll('-', '').slice(-12)}`;
}

function refuseForeignSender(fromEmail: string, signer: Signer): void {
  const domain = fromEmail.slice(fromEmail.lastIndexOf('@') + 1).toLowerCase();
  if (domain === signer.domain || domain.endsWith(`.${signer.domain}`)) return;
  throw sendingError('sending_foreign_sender', `${fromEmail} is no address of ${signer.domain}.`);
}

function base36(id: RowId): string {
  return BigInt(id).toString(36);
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 5322 §3.3, in UTC. */
export function formatDate(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${DAYS[date.getUTCDay()]}, ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
