import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A TLS report to one address of a domain, sent or given up. */
@Entity('tls_reports')
export class TlsReportEntity {
  @PrimaryColumn('date') day!: string;
  @PrimaryColumn('text') domain!: string;
  /** `mailto:` or `https:`, as the domain published it. */
  @PrimaryColumn('text') address!: string;
  @Column('text', { name: 'report_id' }) reportId!: string;
  /** Why it was not sent; empty if it was. */
  @Column('text', { default: '' }) failure!: string;
  @Column('timestamptz') at!: Date;
}
