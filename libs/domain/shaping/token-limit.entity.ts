import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How much of a limit that several processes share is lent: see token-lender.ts. */
@Entity('token_limits')
export class TokenLimitEntity {
  @PrimaryColumn('text') key!: string;
  /** Of a rate: up to when its line of time is lent. */
  @Column('timestamptz', { name: 'full_at', default: () => "'-infinity'" }) fullAt!: Date;
  /** Of a daily limit: which day `used` is of, in UTC. */
  @Column('date', { nullable: true }) day!: string | null;
  @Column('int', { default: 0 }) used!: number;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
}
