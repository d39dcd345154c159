import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { MtaStsPolicy } from '#net/tls-policy';

/** The MTA-STS policy of another domain, as it was fetched last. It holds for its max_age whatever happens to its source. */
@Entity('sts_policies')
export class StsPolicyEntity {
  @PrimaryColumn('text') domain!: string;
  @Column('text', { name: 'policy_id' }) policyId!: string;
  @Column('text') mode!: MtaStsPolicy['mode'];
  @Column('text', { array: true }) mx!: string[];
  @Column('int', { name: 'max_age_seconds' }) maxAgeSeconds!: number;
  @Column('timestamptz', { name: 'fetched_at' }) fetchedAt!: Date;
}
