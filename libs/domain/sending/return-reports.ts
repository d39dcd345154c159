import type { DataSource, EntityManager } from 'typeorm';
import { type BounceClass, DeliveryKind, MailClass, Outcome, Via } from '#base/contracts';
import { type Clock, type RowId, systemClock, uuidv7 } from '#base/kernel';
import { readLedger } from '#domain/feedback';
import { type ReportAction, type ReportedRecipient, explainBounceClass, explainDelay, wantsReport, writeReport } from '#protocol/dsn';
import { serializeHeaders } from '#protocol/mime';
import { enqueueDeliveries } from './enqueue-deliveries.js';
import { formatDate } from './message-builder.js';
import { type SpoolBlobs, SpoolReader, type SpooledMessage } from './message-spool.js';
import type { SiteDirectory } from './site-directory.js';

export interface ReturnReportsOptions {
  readonly dataSource: DataSource;
  readonly sites: Pick<SiteDirectory, 'lookup'>;
  readonly blobs: SpoolBlobs;
  /** Our name in DNS. */
  readonly hostname: string;
  readonly clock?: Clock;
  /** After so long without a delivery the sender hears that it takes time. */
  readonly delayedAfterMs?: number;
  /** How long attempts settle before they are read: see `readLedger`. */
  readonly settleMs?: number;
}

const DELAYED_AFTER_MS = 4 * 3600_000;
const RECIPIENTS_PER_REPORT = 100;
/** A longer original comes back as its header alone, whatever was asked for. */
const MAX_RETURNED_BYTES = 100_000;
const REPORT_TTL_MS = 2 * 24 * 3600_000;

interface Event {
  readonly kind: ReportAction;
  readonly deliveryId: RowId;
  readonly email: string;
  readonly messageId: string;
  readonly workspaceId: string;
  readonly domainId: string;
  readonly returnPathHost: string;
  readonly domain: string;
  readonly envelopeFrom: string;
  readonly subject: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly at: Date;
  readonly outcome: Outcome;
  readonly bounceClass: BounceClass | null;
  readonly enhancedCode: string | null;
  readonly reply: string;
  readonly mx: string;
  readonly dsn: {
    readonly envelopeId?: string;
    readonly returns?: 'full' | 'headers';
    readonly recipients?: Readonly<Record<string, { readonly notify?: readonly string[]; readonly originalRecipient?: string }>>;
  } | null;
}

/**
 * Tells those who submitted mail by SMTP what became of it (RFC 3464, RFC 3461): that it failed, that it takes long, or, if they asked,
 * that it was handed on. Read from the ledger behind the senders, once for each recipient and kind. Never about bulk mail,
 * never to the null sender, never about a report. Reports are mail of our own queue, with the null sender.
 */
export class ReturnReports {
  private readonly spool: SpoolReader;
  private readonly clock: Clock;

  constructor(private readonly options: ReturnReportsOptions) {
    this.spool = new SpoolReader(options.dataSource, options.blobs);
    this.clock = options.clock ?? systemClock;
  }

  /** Reads on from where the last round ended. @returns how many reports were queued */
  async run(): Promise<number> {
    const { dataSource, settleMs } = this.options;
    let queued = 0;
    await readLedger(
      dataSource,
      { reader: 'return-reports', clock: this.clock, ...(settleMs !== undefined && { settleMs }) },
      async (manager, stretch) => {
        const events = (await this.events(manager, stretch.from, stretch.to)).filter(isWanted);
        const groups = Map.groupBy(events, ({ messageId, kind }) => `${messageId} ${kind}`);
        for (const group of groups.values())
          for (let at = 0; at < group.length; at += RECIPIENTS_PER_REPORT) {
            await this.report(manager, group.slice(at, at + RECIPIENTS_PER_REPORT));
            queued++;
          }
      },
    );
    return queued;
  }

  /** The last thing that happened to each recipient of submitted mail in a stretch of the ledger, unless it was told before. */
  private events(manager: EntityManager, from: RowId, to: RowId): Promise<Event[]> {
    return manager.query(
      `SELECT DISTINCT ON (d.id, k.kind) k.kind, d.id AS "deliveryId", d.email, m.id AS "messageId", m.workspace_id AS "workspaceId", m.domain_id AS "domainId",
         o.return_path_host AS "returnPathHost", o.name AS domain, m.envelope_from AS "envelopeFrom", m.subject, m.created_at AS "createdAt",
         m.expires_at AS "expiresAt", a.at, a.outcome, a.bounce_class AS "bounceClass", a.enhanced_code AS "enhancedCode", a.reply, a.mx, m.dsn
       FROM attempts a JOIN deliveries d ON d.id = a.delivery_id JOIN messages m ON m.id = d.message_id JOIN domains o ON o.id = m.domain_id
       CROSS JOIN LATERAL (SELECT CASE
         WHEN a.outcome IN (${Outcome.bounced}, ${Outcome.failed}, ${Outcome.suppressed}) THEN 'failed'
         WHEN a.outcome = ${Outcome.deferred} AND a.at - m.created_at >= make_interval(secs => $3) THEN 'delayed'
         WHEN a.outcome = ${Outcome.delivered} AND a.via = ${Via.smtp} THEN 'relayed' END AS kind) AS k
       WHERE a.id > $1 AND a.id <= $2 AND a.campaign_id IS NULL AND k.kind IS NOT NULL
         AND m.origin = 'smtp' AND m.envelope_from <> '' AND m.class <> ${MailClass.bulk}
         AND NOT EXISTS (SELECT FROM return_reports r WHERE r.delivery_id = d.id AND r.kind = k.kind)
         -- What is told to be late is not told any more once it is known how it ended.
         AND NOT (k.kind = 'delayed' AND EXISTS (SELECT FROM attempts later WHERE later.delivery_id = d.id AND later.outcome <> ${Outcome.deferred}))
       ORDER BY d.id, k.kind, a.id DESC`,
      [from, to, (this.options.delayedAfterMs ?? DELAYED_AFTER_MS) / 1000],
    );
  }

  private async report(manager: EntityManager, events: readonly Event[]): Promise<void> {
    const [{ kind, messageId, workspaceId, domainId, returnPathHost, domain, envelopeFrom, subject, createdAt, dsn }] = events as [Event];
    const id = uuidv7();
    const now = this.clock.now();
    const { headers, body } = writeReport({
      action: kind,
      reportingMta: this.options.hostname,
      from: `mailer-daemon@${returnPathHost}`,
      to: envelopeFrom,
      messageId: `<${id.replaceAll('-', '')}@${domain}>`,
      date: formatDate(now),
      arrivedAt: createdAt,
      envelopeId: dsn?.envelopeId,
      recipients: events.map(recipientOf),
      original: { ...(await this.original(messageId, kind === 'failed' && dsn?.returns === 'full')), subject },
      boundary: `=_report_${id.replaceAll('-', '')}`,
    });
    const content = Buffer.concat([Buffer.from(`${serializeHeaders(headers)}\r\n`), body]);
    const expiresAt = new Date(now.getTime() + REPORT_TTL_MS);
    await manager.query(
      `INSERT INTO messages (id, workspace_id, domain_id, origin, class, stream, sender, recipients, subject, message_id, spool, size_bytes, expires_at)
       VALUES ($1, $2, $3, 'report', $4, 'reports', $5, $6, $7, $8, $9, $10, $11)`,
      [
        id,
        workspaceId,
        domainId,
        MailClass.transactional,
        `mailer-daemon@${returnPathHost}`,
        JSON.stringify({ to: [envelopeFrom], cc: [], bcc: [] }),
        headers.find(({ name }) => name === 'Subject')!.value.slice(0, 998),
        headers.find(({ name }) => name === 'Message-ID')!.value,
        JSON.stringify({ isCanonical: false, slots: [], links: [], hasUnsubscribe: false }),
        content.length,
        expiresAt,
      ],
    );
    await manager.query('INSERT INTO message_bodies (message_id, content) VALUES ($1, $2)', [id, content]);
    const [delivery] = (await manager.query(
      'INSERT INTO deliveries (workspace_id, kind, email, message_id) VALUES ($1, $2, $3, $4) RETURNING id',
      [workspaceId, DeliveryKind.transactional, envelopeFrom, id],
    )) as [{ id: RowId }];
    await enqueueDeliveries(
      manager,
      {
        workspaceId,
        campaignId: null,
        class: MailClass.transactional,
        expiresAt,
        deliveries: [{ id: delivery.id, domain: envelopeFrom.slice(envelopeFrom.lastIndexOf('@') + 1), email: envelopeFrom }],
      },
      this.options.sites,
    );
    await manager.query(
      `INSERT INTO return_reports (delivery_id, kind, workspace_id, report_delivery_id) SELECT reported, $2, $3, $4 FROM unnest($1::bigint[]) AS reported
       ON CONFLICT DO NOTHING`,
      [events.map(({ deliveryId }) => deliveryId), kind, workspaceId, delivery.id],
    );
  }

  /** The message as it was accepted, or its header; a spool that is gone leaves an empty header. */
  private async original(messageId: string, wantsWhole: boolean): Promise<{ bytes: Buffer; isWhole: boolean }> {
    let message: SpooledMessage;
    try {
      message = await this.spool.read(messageId);
    } catch {
      return { bytes: Buffer.from('\r\n'), isWhole: false };
    }
    const head = Buffer.from(`${serializeHeaders(message.headers)}\r\n`);
    const isWhole = wantsWhole && head.length + message.body.length <= MAX_RETURNED_BYTES;
    return { bytes: isWhole ? Buffer.concat([head, message.body]) : head, isWhole };
  }
}

const subjectOf = { failed: 'failure', delayed: 'delay', relayed: 'success' } as const;

function isWanted(event: Event): boolean {
  return wantsReport(requestOf(event)?.notify, subjectOf[event.kind]);
}

function requestOf({ dsn, email }: Event) {
  const recipients = dsn?.recipients ?? {};
  return recipients[email] ?? Object.entries(recipients).find(([address]) => address.toLowerCase() === email.toLowerCase())?.[1];
}

function recipientOf(event: Event): ReportedRecipient {
  const { kind, email, reply, mx, at, expiresAt } = event;
  return {
    address: email,
    originalRecipient: requestOf(event)?.originalRecipient,
    status: statusOf(event),
    ...(kind !== 'relayed' && reply !== '' && { diagnostic: reply }),
    remoteMta: mx.split(' ')[0],
    lastAttemptAt: at,
    ...(kind === 'delayed' && { willRetryUntil: expiresAt }),
    explanation: explain(event),
  };
}

function explain({ kind, outcome, bounceClass, email }: Event): string {
  if (kind === 'relayed') return `The server of ${email} took the message.`;
  if (outcome === Outcome.suppressed) return `${email} is on the list of addresses that your workspace does not write to.`;
  return kind === 'delayed' ? explainDelay(bounceClass ?? 'other', email) : explainBounceClass(bounceClass ?? 'other', email);
}

/** RFC 3463; where the server gave no code of its class, what our queue knows. */
function statusOf({ kind, outcome, enhancedCode: code, bounceClass }: Event): string {
  // X.1.9 of RFC 3886: handed to a mailer that reports no more.
  if (kind === 'relayed') return '2.1.9';
  if (bounceClass === 'expired') return '4.4.7';
  if (code?.startsWith(kind === 'failed' ? '5' : '4')) return code;
  if (kind === 'delayed') return '4.0.0';
  if (outcome === Outcome.suppressed) return '5.7.1';
  return bounceClass === 'bad-domain' ? '5.1.2' : '5.0.0';
}
