import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { EgressSourceEntity } from '#domain/egress';

/** One egress source towards one site (MX roll-up), and what we know of the site's mood. One live worker holds its lease. */
@Entity('lanes')
@Unique(['sourceId', 'site'])
export class LaneEntity {
  @PrimaryGeneratedColumn('identity', { type: 'int', generatedIdentity: 'ALWAYS' }) id!: number;
  @Column('int', { name: 'source_id' }) sourceId!: number;
  @Column('text') site!: string;
  @Column('text', { default: 'default' }) provider!: string;
  @Column('timestamptz', { name: 'suspended_until', nullable: true }) suspendedUntil!: Date | null;
  /** Why the lane is slow or still, in a sentence for people; empty when it is neither. */
  @Column('text', { default: '' }) reason!: string;
  @Column('text', { name: 'last_reply', default: '' }) lastReply!: string;
  /** Connections that failed in a row. */
  @Column('int', { default: 0 }) failures!: number;
  @Column('real', { name: 'window_size', nullable: true }) windowSize!: number | null;
  /** Lowered rate; null: the provider's usual one. */
  @Column('real', { name: 'rate_per_second', nullable: true }) ratePerSecond!: number | null;
  @Column('uuid', { name: 'lease_owner', nullable: true }) leaseOwner!: string | null;
  /** Grows with every change of owner. */
  @Column('bigint', { name: 'lease_epoch', default: 0 }) leaseEpoch!: string;
  @Column('timestamptz', { name: 'lease_until', nullable: true }) leaseUntil!: Date | null;
  /** Grows each time somebody asks to try the lane at once. */
  @Column('int', { name: 'retries_asked', default: 0 }) retriesAsked!: number;
  /** Until then new mail goes by the other sources of its pool, and what waits is moved to them. */
  @Column('timestamptz', { name: 'avoided_until', nullable: true }) avoidedUntil!: Date | null;
  /** Until then the volume of a day is used up; in pools that say so the other sources take its mail. */
  @Column('timestamptz', { name: 'quota_until', nullable: true }) quotaUntil!: Date | null;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne(() => EgressSourceEntity) @JoinColumn({ name: 'source_id' }) source!: unknown;
}
