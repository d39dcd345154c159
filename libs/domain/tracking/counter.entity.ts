import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What every report page reads. Written through incrementCounters only. */
@Entity('counters')
export class CounterEntity {
  @PrimaryColumn('uuid', { name: 'campaign_id' }) campaignId!: string;
  @PrimaryColumn('text') metric!: string;
  @PrimaryColumn('text', { default: '' }) dimension!: string;
  @Column('bigint', { default: 0 }) value!: string;
}
