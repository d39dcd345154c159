import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { BounceClass, Outcome, Via } from '#base/contracts';
import type { AttemptTls } from './attempt-tls.js';

/** Every outcome, appended; the last one by (number, id) is the state of its delivery. Partitioned by id. */
@Entity('attempts')
@Index('attempts_delivery', ['deliveryId', 'id'])
@Index('attempts_campaign', ['campaignId', 'outcome', 'id'])
export class AttemptEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('uuid', { name: 'campaign_id', nullable: true }) campaignId!: string | null;
  @Column('bigint', { name: 'delivery_id' }) deliveryId!: string;
  @Column('smallint') number!: number;
  @Column('smallint') outcome!: Outcome;
  @Column('smallint', { default: 1 }) via!: Via;
  @Column('text', { name: 'bounce_class', nullable: true }) bounceClass!: BounceClass | null;
  @Column('smallint', { name: 'smtp_code', nullable: true }) smtpCode!: number | null;
  @Column('text', { name: 'enhanced_code', nullable: true }) enhancedCode!: string | null;
  @Column('text', { default: '' }) reply!: string;
  @Column('text', { default: '' }) mx!: string;
  @Column('int', { name: 'lane_id', nullable: true }) laneId!: number | null;
  @Column('jsonb', { nullable: true }) tls!: AttemptTls | null;
  @Column('int', { name: 'duration_ms', nullable: true }) durationMs!: number | null;
  @Column('bigint', { nullable: true }) epoch!: string | null;
  /** Of what was not accepted: see transcript-codec.ts. */
  @Column('bytea', { nullable: true, select: false }) transcript!: Buffer | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) at!: Date;
}
