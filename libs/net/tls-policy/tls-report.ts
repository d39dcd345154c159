import { gzipSync } from 'node:zlib';
import type { TlsFailureType } from './tls-failure.js';
import type { AppliedPolicy } from './tls-policies.js';

/** Sessions under one policy. */
export interface PolicySessions {
  readonly policy: AppliedPolicy;
  readonly successes: number;
  readonly failures: readonly FailedSessions[];
}

export interface FailedSessions {
  readonly type: TlsFailureType;
  readonly mxHost: string;
  readonly receivingIp: string;
  readonly sendingIp: string;
  readonly reason: string;
  readonly sessions: number;
}

export interface TlsReportInput {
  readonly organization: string;
  /** An address of ours, for questions. */
  readonly contact: string;
  readonly reportId: string;
  readonly domain: string;
  /** UTC day, `2026-01-31`. */
  readonly day: string;
  readonly policies: readonly PolicySessions[];
}

export interface TlsReport {
  readonly reportId: string;
  /** RFC 8460 §5.1 */
  readonly filename: string;
  readonly json: string;
  readonly gzip: Buffer;
}

/** The report of one day about one domain, as RFC 8460 §4.4 writes it. */
export function buildTlsReport(input: TlsReportInput): TlsReport {
  const { organization, contact, reportId, domain, day, policies } = input;
  const start = new Date(`${day}T00:00:00Z`);
  const end = new Date(`${day}T23:59:59Z`);
  const json = JSON.stringify({
    'organization-name': organization,
    'date-range': { 'start-datetime': rfc3339(start), 'end-datetime': rfc3339(end) },
    'contact-info': contact,
    'report-id': reportId,
    policies: policies.map((sessions) => policyEntry(domain, sessions)),
  });
  return { reportId, json, gzip: gzipSync(json), filename: `${organization}!${domain}!${unix(start)}!${unix(end)}!${reportId}.json.gz` };
}

function policyEntry(domain: string, { policy, successes, failures }: PolicySessions) {
  return {
    policy: {
      'policy-type': policy.type,
      ...(policy.strings.length > 0 && { 'policy-string': policy.strings }),
      'policy-domain': domain,
      ...(policy.mxHosts.length > 0 && { 'mx-host': policy.mxHosts }),
    },
    summary: {
      'total-successful-session-count': successes,
      'total-failure-session-count': failures.reduce((sum, { sessions }) => sum + sessions, 0),
    },
    ...(failures.length > 0 && { 'failure-details': failures.map(failureEntry) }),
  };
}

function failureEntry({ type, mxHost, receivingIp, sendingIp, reason, sessions }: FailedSessions) {
  return {
    'result-type': type,
    ...(sendingIp !== '' && { 'sending-mta-ip': sendingIp }),
    ...(mxHost !== '' && { 'receiving-mx-hostname': mxHost }),
    ...(receivingIp !== '' && { 'receiving-ip': receivingIp }),
    'failed-session-count': sessions,
    ...(reason !== '' && { 'failure-reason-code': reason }),
  };
}

function rfc3339(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

function unix(date: Date): number {
  return date.getTime() / 1000;
}
