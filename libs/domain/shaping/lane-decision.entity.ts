import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { RowId } from '#base/kernel';
import type { DecisionFacts, DecisionKind } from './lane-decision.js';

/** One decision about how a lane is driven. Rows are added and, after their time, deleted; never changed. */
@Entity('lane_decisions')
@Index('lane_decisions_lane', ['laneId', 'id'])
export class LaneDecisionEntity {
  @PrimaryColumn('bigint', { default: () => 'chapar_row_id()' }) id!: RowId;
  @Column('int', { name: 'lane_id' }) laneId!: number;
  @Column('timestamptz') at!: Date;
  @Column('text') kind!: DecisionKind;
  @Column('text') sentence!: string;
  @Column('text', { default: '' }) reply!: string;
  @Column('jsonb', { default: {} }) facts!: DecisionFacts;
}
