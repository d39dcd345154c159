import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

/** Where a workspace wants to hear of events. */
@Entity('webhook_endpoints')
@Index('webhook_endpoints_workspace', ['workspaceId', 'createdAt'])
export class WebhookEndpointEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') url!: string;
  @Column('text', { default: '' }) description!: string;
  @Column('text', { array: true }) events!: string[];
  @Column('text', { default: 'enabled' }) state!: 'enabled' | 'disabled';
  /** Why it was disabled, in a sentence. */
  @Column('text', { name: 'state_reason', default: '' }) stateReason!: string;
  @Column('bytea', { name: 'secret_sealed' }) secretSealed!: Buffer;
  /** Signs beside the new one until receivers have changed over. */
  @Column('bytea', { name: 'old_secret_sealed', nullable: true }) oldSecretSealed!: Buffer | null;
  @Column('timestamptz', { name: 'old_secret_until', nullable: true }) oldSecretUntil!: Date | null;
  /** Since when nothing got through; null while it works. */
  @Column('timestamptz', { name: 'failing_since', nullable: true }) failingSince!: Date | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
