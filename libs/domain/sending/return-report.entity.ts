import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { ReportAction } from '#protocol/dsn';

/** What was told to whoever submitted a message about one of its recipients. */
@Entity('return_reports')
export class ReturnReportEntity {
  @PrimaryColumn('bigint', { name: 'delivery_id' }) deliveryId!: string;
  @PrimaryColumn('text') kind!: ReportAction;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  /** The delivery that carries it; null where there was nobody to tell. */
  @Column('bigint', { name: 'report_delivery_id', nullable: true }) reportDeliveryId!: string | null;
  @Column('timestamptz', { default: () => 'now()' }) at!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
