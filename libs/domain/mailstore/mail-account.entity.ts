import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';

/** A mailbox that somebody signs in to. */
@Entity('mail_accounts')
@Unique('mail_accounts_address_key_key', ['addressKey'])
@Index('mail_accounts_workspace', ['workspaceId', 'addressKey'])
export class MailAccountEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') address!: string;
  /** Lower case. */
  @Column('text', { name: 'address_key' }) addressKey!: string;
  @Column('text', { name: 'display_name', default: '' }) displayName!: string;
  /** argon2id; null: only app passwords sign in. */
  @Column('text', { name: 'password_hash', nullable: true }) passwordHash!: string | null;
  @Column('bigint', { name: 'quota_bytes', nullable: true }) quotaBytes!: string | null;
  @Column('bigint', { name: 'used_bytes', default: 0 }) usedBytes!: string;
  @Column('int', { name: 'used_messages', default: 0 }) usedMessages!: number;
  /** The last one given to a folder. */
  @Column('bigint', { default: 0 }) uidvalidity!: string;
  /** Takes mail for addresses of its domain that nobody has. */
  @Column('boolean', { name: 'is_catch_all', default: false }) isCatchAll!: boolean;
  /** Replies to campaigns and API mail of the workspace go here. */
  @Column('boolean', { name: 'takes_replies', default: false }) takesReplies!: boolean;
  @Column('text', { name: 'disabled_capabilities', array: true, default: [] }) disabledCapabilities!: string[];
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'disabled_at', nullable: true }) disabledAt!: Date | null;
  @Column('timestamptz', { name: 'last_sign_in_at', nullable: true }) lastSignInAt!: Date | null;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

/** Another address of a mailbox. */
@Entity('mail_aliases')
@Index('mail_aliases_account', ['accountId'])
export class MailAliasEntity {
  @PrimaryColumn('text', { name: 'address_key' }) addressKey!: string;
  @Column('uuid', { name: 'account_id' }) accountId!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @ManyToOne(() => MailAccountEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'account_id' }) account!: unknown;
}

/** A random password for one program; it is shown once. */
@Entity('mail_app_passwords')
@Unique('mail_app_passwords_prefix_key', ['prefix'])
@Index('mail_app_passwords_account', ['accountId'])
export class MailAppPasswordEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'account_id' }) accountId!: string;
  @Column('text') name!: string;
  @Column('text') prefix!: string;
  @Column('bytea') hash!: Buffer;
  @Column('text', { array: true }) scopes!: string[];
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt!: Date | null;
  @ManyToOne(() => MailAccountEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'account_id' }) account!: unknown;
}
