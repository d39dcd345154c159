import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';

export const suppressionReasons = ['hard-bounce', 'complaint', 'unsubscribe', 'manual', 'policy'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

/** What a suppression keeps away: every mail, or only what is not a direct answer to something the person did. */
export const suppressionScopes = ['all', 'marketing'] as const;
export type SuppressionScope = (typeof suppressionScopes)[number];

/** Somebody, or everyone at a domain or of a pattern, whom this workspace does not send to. */
@Entity('suppressions')
@Unique(['workspaceId', 'addressKey', 'scope'])
@Index('suppressions_patterns', ['workspaceId'], { where: 'like_pattern IS NOT NULL' })
@Index('suppressions_expiring', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
export class SuppressionEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  /** `addressKey` of a whole address, `@domain`, or a pattern with `*`. */
  @Column('text', { name: 'address_key' }) addressKey!: string;
  @Column('text') reason!: SuppressionReason;
  @Column('text', { default: 'all' }) scope!: SuppressionScope;
  /** Of patterns only: the pattern as LIKE wants it. */
  @Column('text', { name: 'like_pattern', nullable: true }) likePattern!: string | null;
  /** For people: the reply of the server, or why. */
  @Column('text', { default: '' }) detail!: string;
  /** What made it: `smtp`, `dsn`, `fbl`, `reply`, `api`, `cli`, `import`, … */
  @Column('text', { default: '' }) source!: string;
  @Column('bigint', { name: 'delivery_id', nullable: true }) deliveryId!: string | null;
  @Column('bigint', { name: 'event_id', nullable: true }) eventId!: string | null;
  @Column('text', { name: 'created_by', default: '' }) createdBy!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

/** An address that may have mail although a bounce, a domain or a pattern says otherwise. */
@Entity('suppression_overrides')
export class SuppressionOverrideEntity {
  @PrimaryColumn('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @PrimaryColumn('text', { name: 'address_key' }) addressKey!: string;
  @Column('text', { default: '' }) note!: string;
  @Column('text', { name: 'created_by', default: '' }) createdBy!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
