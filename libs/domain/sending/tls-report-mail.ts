import { type DkimKey, signDkim } from '#protocol/dkim';
import { type HeaderField, serializeHeaders } from '#protocol/mime';
import type { TlsReport } from '#net/tls-policy';

export interface TlsReportMail {
  readonly report: TlsReport;
  /** The domain that the report is about. */
  readonly domain: string;
  /** Who reports: the domain that signs. */
  readonly submitter: string;
  readonly from: string;
  readonly to: string;
  readonly keys: readonly DkimKey[];
  readonly at: Date;
}

/** The mail that carries a report: RFC 8460 §5.3. It must be signed by the submitter's domain (§3). */
export async function composeTlsReportMail(mail: TlsReportMail): Promise<Buffer> {
  const { report, domain, submitter, from, to, keys, at } = mail;
  const boundary = `tlsrpt-${report.reportId}`;
  const body = Buffer.from(
    [
      `--${boundary}`,
      'Content-Type: text/plain; charset=us-ascii',
      'Content-Transfer-Encoding: 7bit',
      '',
      `This is an aggregate TLS report about ${domain} from ${submitter} (RFC 8460).`,
      '',
      `--${boundary}`,
      'Content-Type: application/tlsrpt+gzip',
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment;\r\n filename="${report.filename}"`,
      '',
      report.gzip.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n'),
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  );
  const headers: HeaderField[] = [
    { name: 'From', value: from },
    { name: 'To', value: to },
    { name: 'Subject', value: `Report Domain: ${domain}\r\n Submitter: ${submitter}\r\n Report-ID: <${report.reportId}@${submitter}>` },
    { name: 'Date', value: at.toUTCString().replace('GMT', '+0000') },
    { name: 'Message-ID', value: `<${report.reportId}@${submitter}>` },
    { name: 'TLS-Report-Domain', value: domain },
    { name: 'TLS-Report-Submitter', value: submitter },
    // RFC 3834: nobody is there to read an answer.
    { name: 'Auto-Submitted', value: 'auto-generated' },
    { name: 'MIME-Version', value: '1.0' },
    { name: 'Content-Type', value: `multipart/report; report-type="tlsrpt";\r\n boundary="${boundary}"` },
  ];
  const signatures = await signDkim({ headers, body: [body] }, keys, { timestamp: at });
  return Buffer.concat([Buffer.from(`${serializeHeaders([...signatures, ...headers])}\r\n`), body]);
}
