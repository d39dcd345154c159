export { type AuditAction, type AuditEntry, appendAudit, listAudit } from './audit-log.js';
export { type AuditVerdict, verifyAudit } from './verify-audit.js';
