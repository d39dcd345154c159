import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';

export type DomainStatus = 'pending' | 'verified' | 'failed';

/** A domain that a workspace may send from. */
@Entity('domains')
@Unique(['workspaceId', 'name'])
export class DomainEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') name!: string;
  @Column('text', { default: 'pending' }) status!: DomainStatus;
  @Column('boolean', { name: 'is_sandbox', default: false }) isSandbox!: boolean;
  /** Host of the return paths and reply addresses; its MX leads to our MX role. */
  @Column('text', { name: 'return_path_host' }) returnPathHost!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'verified_at', nullable: true }) verifiedAt!: Date | null;
  /** Days after which the DKIM keys are replaced; null: only by hand. */
  @Column('int', { name: 'dkim_rotation_days', nullable: true }) dkimRotationDays!: number | null;
  /** Days that replaced keys stay verifiable. */
  @Column('int', { name: 'dkim_overlap_days', default: 7 }) dkimOverlapDays!: number;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

@Entity('dkim_keys')
@Unique(['domainId', 'selector', 'algorithm'])
export class DkimKeyEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('uuid', { name: 'domain_id' }) domainId!: string;
  @Column('text') selector!: string;
  @Column('text') algorithm!: 'rsa-sha256' | 'ed25519-sha256';
  /** PKCS#8 DER under the instance's master key, bound to this row's id; empty once removed. */
  @Column('bytea', { name: 'private_key_sealed' }) privateKeySealed!: Buffer;
  @Column('text', { name: 'public_key' }) publicKey!: string;
  /** `DkimKeyState`: see dkim-rotation.ts. */
  @Column('text', { default: 'active' }) state!: string;
  @Column('timestamptz', { name: 'changed_at', default: () => 'now()' }) changedAt!: Date;
  /** Of retiring keys: when their record may go. */
  @Column('timestamptz', { name: 'retires_at', nullable: true }) retiresAt!: Date | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
  @ManyToOne(() => DomainEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'domain_id' }) domain!: unknown;
}
