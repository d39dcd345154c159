import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AppliedPolicy } from '#net/tls-policy';

/** Sessions with mail servers of a domain on one UTC day, by policy and result: what its TLS report says (RFC 8460). */
@Entity('tls_sessions')
export class TlsSessionEntity {
  @PrimaryColumn('date') day!: string;
  @PrimaryColumn('text') domain!: string;
  @PrimaryColumn('text', { name: 'policy_hash' }) policyHash!: string;
  /** Empty for a success. */
  @PrimaryColumn('text', { default: '' }) result!: string;
  @PrimaryColumn('text', { name: 'mx_host', default: '' }) mxHost!: string;
  @PrimaryColumn('text', { name: 'receiving_ip', default: '' }) receivingIp!: string;
  @PrimaryColumn('text', { name: 'sending_ip', default: '' }) sendingIp!: string;
  @Column('jsonb') policy!: AppliedPolicy;
  @Column('text', { default: '' }) reason!: string;
  @Column('bigint') sessions!: string;
}
