import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import type { BounceClass } from '#base/contracts';
import { EgressPoolEntity, EgressSourceEntity } from '#domain/egress';

export const queueActions = ['hold', 'bounce', 'cancel', 'move'] as const;
export type QueueAction = (typeof queueActions)[number];

/** What an operator decided about mail that waits; it binds every sender for as long as it stands. */
@Entity('queue_orders')
export class QueueOrderEntity {
  @PrimaryGeneratedColumn('identity', { type: 'int', generatedIdentity: 'ALWAYS' }) id!: number;
  @Column('text') action!: QueueAction;
  @Column('uuid', { name: 'workspace_id', nullable: true }) workspaceId!: string | null;
  @Column('uuid', { name: 'campaign_id', nullable: true }) campaignId!: string | null;
  @Column('text', { nullable: true }) site!: string | null;
  @Column('text', { nullable: true }) domain!: string | null;
  /** Only deliveries up to this id: those that existed when the order was given. Null: whatever comes. */
  @Column('bigint', { name: 'up_to', nullable: true }) upTo!: string | null;
  /** Of one lane alone. */
  @Column('int', { name: 'lane_id', nullable: true }) laneId!: number | null;
  @Column('text', { name: 'bounce_class', default: 'other' }) bounceClass!: BounceClass;
  @Column('text', { default: '' }) reason!: string;
  @Column('text', { name: 'ordered_by' }) orderedBy!: string;
  /** Null: until it is lifted. */
  @Column('timestamptz', { nullable: true }) until!: Date | null;
  /** Of a move: to this source, or to those of this pool. */
  @Column('int', { name: 'to_source_id', nullable: true }) toSourceId!: number | null;
  @Column('int', { name: 'to_pool_id', nullable: true }) toPoolId!: number | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @ManyToOne(() => EgressSourceEntity) @JoinColumn({ name: 'to_source_id' }) toSource!: unknown;
  @ManyToOne(() => EgressPoolEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'to_pool_id' }) toPool!: unknown;
}
