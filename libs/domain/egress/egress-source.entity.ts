import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { AddressPolicy } from '#net/dns';
import type { ProxySettings, SmarthostSettings, SourceState } from './egress.schema.js';

/** Where mail leaves from: addresses of this machine or a proxy's, or a smarthost, and the name it greets with. */
@Entity('egress_sources')
@Unique(['name'])
export class EgressSourceEntity {
  @PrimaryGeneratedColumn('identity', { type: 'int', generatedIdentity: 'ALWAYS' }) id!: number;
  @Column('text') name!: string;
  @Column('text', { default: 'active' }) state!: SourceState | 'removed';
  @Column('inet', { name: 'local_v4', nullable: true }) localV4!: string | null;
  @Column('inet', { name: 'local_v6', nullable: true }) localV6!: string | null;
  @Column('text', { nullable: true }) helo!: string | null;
  @Column('text', { name: 'address_policy', nullable: true }) addressPolicy!: AddressPolicy | null;
  @Column('jsonb', { nullable: true }) proxy!: ProxySettings | null;
  @Column('bytea', { name: 'proxy_secret_sealed', nullable: true }) proxySecretSealed!: Buffer | null;
  @Column('jsonb', { nullable: true }) smarthost!: SmarthostSettings | null;
  @Column('bytea', { name: 'smarthost_secret_sealed', nullable: true }) smarthostSecretSealed!: Buffer | null;
  /** For people. */
  @Column('text', { default: '' }) note!: string;
  /** Grows with every change. */
  @Column('int', { default: 1 }) revision!: number;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
}
