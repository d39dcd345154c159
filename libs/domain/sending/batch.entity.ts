import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import type { MailClass } from '#base/contracts';
import { LaneEntity } from './lane.entity.js';

/** At most 250 deliveries of one lane, class, workspace and campaign: the unit of claiming. Gone when all have an outcome. */
@Entity('batches')
@Index('batches_claim', ['laneId', 'class', 'workspaceId', 'dueAt'], { where: 'lease_owner IS NULL AND hold_id IS NULL' })
@Index('batches_held', ['holdId'], { where: 'hold_id IS NOT NULL' })
@Index('batches_campaign', ['campaignId'])
@Index('batches_message', ['messageId'], { where: 'message_id IS NOT NULL' })
@Index('batches_leased', ['leaseOwner'], { where: 'lease_owner IS NOT NULL' })
export class BatchEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('int', { name: 'lane_id' }) laneId!: number;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('uuid', { name: 'campaign_id', nullable: true }) campaignId!: string | null;
  @Column('smallint') class!: MailClass;
  /** Which attempt of its deliveries this will be, from 1. */
  @Column('smallint', { default: 1 }) attempt!: number;
  @Column('timestamptz', { name: 'due_at', default: () => 'now()' }) dueAt!: Date;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
  @Column('bigint', { name: 'delivery_ids', array: true }) deliveryIds!: string[];
  @Column('uuid', { name: 'lease_owner', nullable: true }) leaseOwner!: string | null;
  @Column('bigint', { name: 'lease_epoch', nullable: true }) leaseEpoch!: string | null;
  /** The order that set it aside. */
  @Column('int', { name: 'hold_id', nullable: true }) holdId!: number | null;
  @Column('timestamptz', { name: 'held_at', nullable: true }) heldAt!: Date | null;
  /** Of a scheduled message, until it is first tried. */
  @Column('uuid', { name: 'message_id', nullable: true }) messageId!: string | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @ManyToOne(() => LaneEntity) @JoinColumn({ name: 'lane_id' }) lane!: unknown;
}
