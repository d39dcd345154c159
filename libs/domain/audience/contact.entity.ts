import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A person of one workspace, known by the key of the e-mail address. */
@Entity('contacts')
@Unique(['workspaceId', 'emailKey'])
export class ContactEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  /** As it was written. */
  @Column('text') email!: string;
  /** `addressKey` of the address: what makes it unique. */
  @Column('text', { name: 'email_key' }) emailKey!: string;
  @Column('text', { name: 'first_name', default: '' }) firstName!: string;
  @Column('text', { name: 'last_name', default: '' }) lastName!: string;
  /** BCP 47, or ''. */
  @Column('text', { default: '' }) language!: string;
  @Column('jsonb', { default: {} }) attributes!: Record<string, unknown>;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
