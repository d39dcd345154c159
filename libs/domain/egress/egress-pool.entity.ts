import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { EgressSourceEntity } from './egress-source.entity.js';

/** Sources that share the mail of a stream. */
@Entity('egress_pools')
@Unique(['name'])
export class EgressPoolEntity {
  @PrimaryGeneratedColumn('identity', { type: 'int', generatedIdentity: 'ALWAYS' }) id!: number;
  @Column('text') name!: string;
  /** Mail of a source whose day's volume is used up goes by the others of the pool, in place of waiting. */
  @Column('boolean', { default: false }) overflow!: boolean;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}

@Entity('egress_pool_members')
export class EgressPoolMemberEntity {
  @PrimaryColumn('int', { name: 'pool_id' }) poolId!: number;
  @PrimaryColumn('int', { name: 'source_id' }) sourceId!: number;
  /** Its share of the mail is its weight among the weights of the pool. */
  @Column('int', { default: 1 }) weight!: number;
  @ManyToOne(() => EgressPoolEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'pool_id' }) pool!: unknown;
  @ManyToOne(() => EgressSourceEntity) @JoinColumn({ name: 'source_id' }) source!: unknown;
}
