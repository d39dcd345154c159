import type { DataSource } from 'typeorm';
import { type Clock, type Logger, messageOf, systemClock, uuidv7 } from '#base/kernel';
import { type DnsLookup, DnsFailure, type NextHopResolver } from '#net/dns';
import type { SmtpClientOptions } from '#net/smtp-client';
import {
  type AppliedPolicy,
  type PolicySessions,
  type PublicHttpsOptions,
  type TlsFailureType,
  type TlsReport,
  buildTlsReport,
  parseTlsRptRecord,
  publicHttps,
} from '#net/tls-policy';
import { connectNextHop } from './connect-next-hop.js';
import type { SigningKeySource } from './message-sources.js';
import { composeTlsReportMail } from './tls-report-mail.js';

export interface TlsReporterOptions {
  readonly dataSource: DataSource;
  readonly dns: DnsLookup;
  readonly resolver: NextHopResolver;
  readonly keys: SigningKeySource;
  /** Our EHLO name, and who reports where no sending domain is verified. */
  readonly hostname: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly smtp?: Pick<SmtpClientOptions, 'timeouts' | 'ca'>;
  readonly https?: Omit<PublicHttpsOptions, 'dns'>;
}

/** RFC 8460 §5.5: a report that cannot be delivered is tried for a day. */
const GIVE_UP_AFTER_DAYS = 2;
const REPORTS_A_ROUND = 500;
const KEEP_SESSIONS = '7 days';
const KEEP_REPORTS = '90 days';
const MAX_ANSWER_BYTES = 64 * 1024;

interface Submitter {
  readonly domain: string;
  readonly keys: Awaited<ReturnType<SigningKeySource['forDomain']>>['keys'];
}

/** Sends the TLS reports of past days (RFC 8460) to the domains that ask for them, each address once. */
export class TlsReporter {
  private readonly clock: Clock;

  constructor(private readonly options: TlsReporterOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /** One round: what is due is sent, what fails is left for the next round or, in the end, given up. @returns reports sent */
  async run(signal?: AbortSignal): Promise<number> {
    const { dataSource } = this.options;
    const due: { day: string; domain: string }[] = await dataSource.query(
      `SELECT DISTINCT s.day::text, s.domain FROM tls_sessions s
       WHERE s.day < $1::date AND NOT EXISTS (SELECT FROM tls_reports r WHERE r.day = s.day AND r.domain = s.domain AND r.address = '')
       ORDER BY 1, 2 LIMIT ${REPORTS_A_ROUND}`,
      [this.today()],
    );
    const submitter = due.length > 0 ? await this.submitter() : undefined;
    let sent = 0;
    for (const { day, domain } of due) {
      if (signal?.aborted) break;
      sent += await this.report(day, domain, submitter);
    }
    await this.sweep();
    return sent;
  }

  /** All addresses of one domain and day. The row with an empty address says that nothing is left to do. */
  private async report(day: string, domain: string, submitter: Submitter | undefined): Promise<number> {
    const addresses = await this.addressesOf(domain);
    if (addresses === undefined) return 0;
    const done = await this.doneAddresses(day, domain);
    const report = await this.build(day, domain, submitter?.domain ?? this.options.hostname);
    const isLastTry = day < this.today(-GIVE_UP_AFTER_DAYS);
    let sent = 0;
    let isOpen = false;
    for (const address of addresses.filter((entry) => !done.has(entry))) {
      const failure = await this.deliver(report, domain, address, submitter);
      if (failure === '') sent++;
      if (failure === '' || isLastTry) await this.note(day, domain, address, report.reportId, failure);
      else isOpen = true;
      if (failure !== '') this.options.logger.warn({ domain, address, reason: failure }, 'a TLS report could not be delivered');
    }
    if (!isOpen) await this.note(day, domain, '', report.reportId, addresses.length === 0 ? 'the domain asks for no reports any more' : '');
    return sent;
  }

  /** @returns why it failed; empty if it did not */
  private async deliver(report: TlsReport, domain: string, address: string, submitter: Submitter | undefined): Promise<string> {
    try {
      if (address.toLowerCase().startsWith('mailto:')) await this.mail(report, domain, address.slice('mailto:'.length), submitter);
      else await this.post(report, new URL(address));
      return '';
    } catch (error) {
      return messageOf(error).slice(0, 500);
    }
  }

  /** RFC 8460 §5.4 */
  private async post(report: TlsReport, { hostname, port, pathname, search }: URL): Promise<void> {
    const { response } = await publicHttps(
      { dns: this.options.dns, ...this.options.https },
      {
        host: hostname,
        ...(port !== '' && { port: Number(port) }),
        path: `${pathname}${search}`,
        method: 'POST',
        headers: { 'content-type': 'application/tlsrpt+gzip' },
        body: report.gzip,
        maxBytes: MAX_ANSWER_BYTES,
      },
    );
    const { statusCode = 0 } = response;
    if (statusCode < 200 || statusCode > 299) throw new Error(`${hostname} answered ${statusCode}`);
  }

  private async mail(report: TlsReport, domain: string, to: string, submitter: Submitter | undefined): Promise<void> {
    if (!submitter) throw new Error('no sending domain is verified, and a report must be signed');
    const { resolver, hostname, smtp } = this.options;
    const keys = submitter.keys.map((key) => ({ ...key, domain: submitter.domain }));
    const from = `tls-reports@${submitter.domain}`;
    const content = await composeTlsReportMail({ report, domain, submitter: submitter.domain, from, to, keys, at: this.clock.now() });
    const hops = await resolver.resolve(to.slice(to.lastIndexOf('@') + 1).toLowerCase());
    // RFC 8460 §5.3: policies are not honoured here, or a report about their failure would never arrive.
    const connection = await connectNextHop({ hops, smtp: { ...smtp, helo: hostname }, requiresTls: false });
    try {
      // Without a return path: nobody would read what comes back.
      const outcome = await connection.send({ mailFrom: '', rcptTo: to, content: [content], sizeBytes: content.length });
      if (outcome.kind === 'accepted') return;
      throw new Error(outcome.reply ? `${outcome.reply.code} ${outcome.reply.text}` : (outcome.reason ?? 'the connection broke'));
    } finally {
      await connection.close();
    }
  }

  private async build(day: string, domain: string, organization: string): Promise<TlsReport> {
    const rows: SessionRow[] = await this.options.dataSource.query(
      `SELECT policy_hash, policy, result, mx_host, receiving_ip, sending_ip, reason, sessions FROM tls_sessions
       WHERE day = $1 AND domain = $2 ORDER BY policy_hash, result, mx_host, receiving_ip, sending_ip`,
      [day, domain],
    );
    const policies = [...Map.groupBy(rows, (row) => row.policy_hash).values()].map(toPolicySessions);
    const contact = `tls-reports@${organization}`;
    return buildTlsReport({ organization, contact, reportId: uuidv7(), domain, day, policies });
  }

  /** Undefined when DNS does not say now. */
  private async addressesOf(domain: string): Promise<readonly string[] | undefined> {
    try {
      return parseTlsRptRecord((await this.options.dns.lookup(`_smtp._tls.${domain}`, 'TXT')).records);
    } catch (error) {
      if (error instanceof DnsFailure) return undefined;
      throw error;
    }
  }

  private async doneAddresses(day: string, domain: string): Promise<Set<string>> {
    const rows: { address: string }[] = await this.options.dataSource.query(
      'SELECT address FROM tls_reports WHERE day = $1 AND domain = $2',
      [day, domain],
    );
    return new Set(rows.map(({ address }) => address));
  }

  private async note(day: string, domain: string, address: string, reportId: string, failure: string): Promise<void> {
    await this.options.dataSource.query(
      `INSERT INTO tls_reports (day, domain, address, report_id, failure, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [day, domain, address, reportId, failure, this.clock.now()],
    );
  }

  /** The installation speaks with one voice: its oldest verified domain. */
  private async submitter(): Promise<Submitter | undefined> {
    const [row]: { id: string }[] = await this.options.dataSource.query(
      `SELECT id FROM domains WHERE status = 'verified' AND NOT is_sandbox ORDER BY verified_at, created_at, id LIMIT 1`,
    );
    return row && this.options.keys.forDomain(row.id);
  }

  private async sweep(): Promise<void> {
    await this.options.dataSource.query(`DELETE FROM tls_sessions WHERE day < $1::date - interval '${KEEP_SESSIONS}'`, [this.today()]);
    await this.options.dataSource.query(`DELETE FROM tls_reports WHERE day < $1::date - interval '${KEEP_REPORTS}'`, [this.today()]);
  }

  /** UTC day, so many days from now. */
  private today(offset = 0): string {
    return new Date(this.clock.now().getTime() + offset * 86_400_000).toISOString().slice(0, 10);
  }
}

interface SessionRow {
  readonly policy_hash: string;
  readonly policy: AppliedPolicy;
  readonly result: string;
  readonly mx_host: string;
  readonly receiving_ip: string;
  readonly sending_ip: string;
  readonly reason: string;
  readonly sessions: string;
}

function toPolicySessions(rows: readonly SessionRow[]): PolicySessions {
  return {
    policy: rows[0]!.policy,
    successes: rows.filter(({ result }) => result === '').reduce((sum, { sessions }) => sum + Number(sessions), 0),
    failures: rows
      .filter(({ result }) => result !== '')
      .map((row) => ({
        type: row.result as TlsFailureType,
        mxHost: row.mx_host,
        receivingIp: row.receiving_ip,
        sendingIp: row.sending_ip,
        reason: row.reason,
        sessions: Number(row.sessions),
      })),
  };
}
