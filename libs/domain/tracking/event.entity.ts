import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Append-only and partitioned by id: see migration 0001. Written by EventRecorder only. */
@Entity('events')
@Index('events_campaign', ['campaignId', 'kind', 'id'])
@Index('events_contact', ['contactId', 'id'])
@Index('events_delivery', ['deliveryId', 'id'])
export class EventEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('uuid', { name: 'campaign_id', nullable: true }) campaignId!: string | null;
  @Column('bigint', { name: 'delivery_id', nullable: true }) deliveryId!: string | null;
  @Column('bigint', { name: 'contact_id', nullable: true }) contactId!: string | null;
  @Column('smallint') kind!: number;
  @Column('smallint', { default: 0 }) actor!: number;
  @Column('text', { name: 'actor_reason', default: '' }) actorReason!: string;
  @Column('smallint', { nullable: true }) link!: number | null;
  @Column('inet', { nullable: true }) ip!: string | null;
  @Column('text', { name: 'user_agent', default: '' }) userAgent!: string;
  @Column('jsonb', { nullable: true }) data!: object | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) at!: Date;
}
