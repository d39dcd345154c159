import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { RowId } from '#base/kernel';
import { EgressSourceEntity } from '#domain/egress';
import type { WarmupRamp } from './warmup-ramp.js';
import type { WarmupDecisionKind, WarmupThresholds } from './warmup.policy.js';

export const warmupStates = ['active', 'paused', 'finished'] as const;
export type WarmupPlanState = (typeof warmupStates)[number];

/** How a source comes to its volume towards a site, a provider, or all of them. Days are days in UTC. */
@Entity('warmup_plans')
@Unique(['sourceId', 'site'])
export class WarmupPlanEntity {
  @PrimaryGeneratedColumn('identity', { type: 'int', generatedIdentity: 'ALWAYS' }) id!: number;
  @Column('int', { name: 'source_id' }) sourceId!: number;
  /** `*`: all of them together. */
  @Column('text', { default: '*' }) site!: string;
  @Column('text', { default: 'active' }) state!: WarmupPlanState;
  @Column('jsonb') ramp!: WarmupRamp;
  @Column('jsonb') thresholds!: WarmupThresholds;
  @Column('date', { name: 'started_on' }) startedOn!: string;
  /** The day that step and quota were last decided for. */
  @Column('date') day!: string;
  @Column('int', { default: 1 }) step!: number;
  @Column('int') quota!: number;
  @Column('text', { name: 'created_by' }) createdBy!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne(() => EgressSourceEntity) @JoinColumn({ name: 'source_id' }) source!: unknown;
}

/** Why a plan is where it is. Rows are added and go with their plan. */
@Entity('warmup_decisions')
@Index('warmup_decisions_plan', ['planId', 'id'])
export class WarmupDecisionEntity {
  @PrimaryColumn('bigint', { default: () => 'chapar_row_id()' }) id!: RowId;
  @Column('int', { name: 'plan_id' }) planId!: number;
  @Column('timestamptz') at!: Date;
  @Column('date') day!: string;
  @Column('text') kind!: WarmupDecisionKind;
  @Column('int') step!: number;
  @Column('int') quota!: number;
  @Column('text') sentence!: string;
  /** The counts that decided it. */
  @Column('jsonb', { default: {} }) facts!: object;
  @ManyToOne(() => WarmupPlanEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'plan_id' }) plan!: unknown;
}
