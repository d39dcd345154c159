import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { BounceClass } from '#base/contracts';
import type { RowId } from '#base/kernel';

/** One refusal that counted. */
export interface SoftBounceEvidence {
  readonly deliveryId: RowId;
  readonly reply: string;
  /** ISO 8601 */
  readonly at: string;
}

/** Refusals of one class that an address has collected since mail last reached it. */
@Entity('soft_bounces')
@Index('soft_bounces_age', ['lastAt'])
export class SoftBounceEntity {
  @PrimaryColumn('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @PrimaryColumn('text', { name: 'address_key' }) addressKey!: string;
  @PrimaryColumn('text', { name: 'bounce_class' }) bounceClass!: BounceClass;
  @Column('int') bounces!: number;
  @Column('timestamptz', { name: 'first_at' }) firstAt!: Date;
  @Column('timestamptz', { name: 'last_at' }) lastAt!: Date;
  /** The last ones, oldest first. */
  @Column('jsonb') history!: SoftBounceEvidence[];
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
