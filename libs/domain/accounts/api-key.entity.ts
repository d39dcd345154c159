import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { WorkspaceEntity } from './workspace.entity.js';

@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') name!: string;
  /** The public half of the key, by which it is found. */
  @Column('text', { unique: true }) prefix!: string;
  /** SHA-256: the secret has 190 bits of its own, so a slow hash would only slow the API. */
  @Column('bytea', { name: 'secret_hash' }) secretHash!: Buffer;
  @Column('text') scope!: ApiKeyScope;
  @Column('text', { nullable: true }) domain!: string | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt!: Date | null;
  @Column('timestamptz', { name: 'revoked_at', nullable: true }) revokedAt!: Date | null;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  /** CIDR; empty: from anywhere. */
  @Column('text', { name: 'allowed_networks', array: true, default: () => "'{}'" }) allowedNetworks!: string[];
  @ManyToOne(() => WorkspaceEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

/** `full`: everything in the workspace; `sending`: hands mail over and looks at it; `read`: looks at everything, changes nothing. */
export type ApiKeyScope = 'full' | 'sending' | 'read';
export const apiKeyScopes: readonly ApiKeyScope[] = ['full', 'sending', 'read'];
