export { type DaneIdentity, formatTlsa, usableRecords, verifyDane } from './dane.js';
export { type MtaStsFetch, MtaStsFetchError, type MtaStsFetchOptions, mtaStsFetcher } from './fetch-mta-sts.js';
export { MtaSts, type MtaStsOptions, type MtaStsStore, type StoredStsPolicy, type StsState, memoryStsStore } from './mta-sts.js';
export { type MtaStsPolicy, MtaStsSyntaxError, parseMtaStsPolicy, parseMtaStsRecord, policyNames } from './mta-sts-policy.js';
export type { TlsFailure, TlsFailureType } from './tls-failure.js';
export {
  type AppliedPolicy,
  type DomainTlsPolicy,
  type HostTlsPolicy,
  type TlsLevel,
  TlsPolicies,
  type TlsPoliciesOptions,
} from './tls-policies.js';
export { parseTlsRptRecord } from './tls-rpt-record.js';
export { type PeerIdentity, testPeer, verifyByAuthorities, verifyPeer } from './verify-peer.js';
export { PublicHttpsError, type PublicHttpsOptions, publicHttps } from './public-https.js';
export { type FailedSessions, type PolicySessions, type TlsReport, type TlsReportInput, buildTlsReport } from './tls-report.js';
