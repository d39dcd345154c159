import type { DataSource } from 'typeorm';
import { DeliveryKind, Outcome, type ReceptionSignals } from '#base/contracts';
import { uuidv7 } from '#base/kernel';
import { TrackingTokens, TrackingUrls } from '#domain/tracking';

export const returnPathHost = 'bounces.news.example.org';
export const tokens = new TrackingTokens(Buffer.alloc(32, 5));
export const urls = new TrackingUrls(tokens, 'https://mail.example.org');

export interface SentMail {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly deliveryId: string;
  readonly contactId: string;
  readonly listId: string;
  readonly email: string;
  readonly returnPath: string;
  readonly replyTo: string;
}

/** A contact on a list whom a campaign went to, with what became of it; null: our own record is still to come. */
export async function sentMail(
  source: DataSource,
  outcome: Outcome | null = Outcome.delivered,
  kind: DeliveryKind = DeliveryKind.campaign,
): Promise<SentMail> {
  const [workspaceId, listId, campaignId, domainId] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
  const email = 'Sara@example.net';
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Shop', $2)`, [workspaceId, workspaceId]);
  await source.query(
    `INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, 'news.example.org', 'verified', $3)`,
    [domainId, workspaceId, returnPathHost],
  );
  await source.query(`INSERT INTO lists (id, workspace_id, name, name_key) VALUES ($1, $2, 'Readers', 'readers')`, [listId, workspaceId]);
  const [{ id: contactId }] = await source.query(
    `INSERT INTO contacts (workspace_id, email, email_key) VALUES ($1, $2, lower($2)) RETURNING id`,
    [workspaceId, email],
  );
  await source.query(`INSERT INTO list_memberships (list_id, contact_id, status) VALUES ($1, $2, 'subscribed')`, [listId, contactId]);
  await source.query(`INSERT INTO campaigns (id, workspace_id, name, status, domain_id, audience) VALUES ($1, $2, 'C', 'sent', $3, $4)`, [
    campaignId,
    workspaceId,
    domainId,
    { include: { lists: [listId] }, exclude: { lists: [] } },
  ]);
  const [{ id: deliveryId }] = await source.query(
    `INSERT INTO deliveries (workspace_id, campaign_id, contact_id, email, kind) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
    [workspaceId, campaignId, contactId, email, kind],
  );
  const mail = { workspaceId, campaignId, deliveryId: deliveryId as string, contactId: contactId as string, listId, email };
  if (outcome !== null) await recordOutcome(source, mail, outcome);
  const returnPath = urls.returnPath(mail.deliveryId, returnPathHost);
  return { ...mail, returnPath, replyTo: urls.replyTo(mail.deliveryId, returnPathHost) };
}

export async function recordOutcome(
  source: DataSource,
  mail: Pick<SentMail, 'workspaceId' | 'campaignId' | 'deliveryId'>,
  outcome: Outcome,
  number = 1,
): Promise<void> {
  await source.query(`INSERT INTO attempts (workspace_id, campaign_id, delivery_id, number, outcome) VALUES ($1, $2, $3, $4, $5)`, [
    mail.workspaceId,
    mail.campaignId,
    mail.deliveryId,
    number,
    outcome,
  ]);
  if (outcome === Outcome.delivered || outcome === Outcome.unknown)
    await source.query(`INSERT INTO counters (campaign_id, metric, dimension, value) VALUES ($1, $2, 'default', 1)`, [
      mail.campaignId,
      outcome === Outcome.delivered ? 'accepted' : 'unknown',
    ]);
}

const lines = (...all: readonly string[]) => Buffer.from(all.join('\r\n'));

/** RFC 3464 */
export function bounceReport(mail: SentMail, status = '5.1.1', diagnostic = '550 5.1.1 User unknown'): Buffer {
  return lines(
    'From: MAILER-DAEMON@mx.example.net',
    `To: <${mail.returnPath}>`,
    'Subject: Undelivered Mail Returned to Sender',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'Your message could not be delivered.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.net',
    '',
    `Final-Recipient: rfc822; ${mail.email}`,
    'Action: failed',
    `Status: ${status}`,
    `Diagnostic-Code: smtp; ${diagnostic}`,
    '',
    '--b--',
    '',
  );
}

/** RFC 5965, with the evidence that the caller chooses. */
export function complaintReport(evidence: readonly string[]): Buffer {
  return lines(
    'From: fbl@provider.example',
    'To: <fbl@bounces.news.example.org>',
    'Subject: complaint',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'An abuse report.',
    '--b',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: Some/1.0',
    'Version: 1',
    '',
    '--b',
    'Content-Type: message/rfc822',
    '',
    ...evidence,
    'Subject: News',
    '',
    'text',
    '--b--',
    '',
  );
}

export function letter(subject: string, extra: readonly string[] = []): Buffer {
  return lines('From: Sara <sara@example.net>', `Subject: ${subject}`, 'Message-ID: <x@example.net>', ...extra, '', 'Text.', '');
}

/** As if it had come in from example.net, by default with everything in order. */
export function receptionOf(
  facts: Partial<Omit<ReceptionSignals, 'dmarc'>> & { readonly dmarc?: Partial<ReceptionSignals['dmarc']> } = {},
): ReceptionSignals {
  return {
    remoteAddress: '192.0.2.1',
    helo: 'mx.example.net',
    isTls: true,
    spf: { result: 'none', domain: 'example.net' },
    dkim: [],
    arc: { result: 'none' },
    ...facts,
    dmarc: { result: 'pass', domain: 'example.net', policy: 'reject', isSpfAligned: facts.dmarc?.result === 'pass', ...facts.dmarc },
  };
}
