import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which site the mail of a domain goes to, remembered so that preparing a campaign asks DNS once per domain. */
@Entity('domain_sites')
export class DomainSiteEntity {
  @PrimaryColumn('text') domain!: string;
  @Column('text') site!: string;
  @Column('text') provider!: string;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
}
