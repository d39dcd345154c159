import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn, Unique } from 'typeorm';

export const suppressionReasons = ['hard-bounce', 'complaint', 'unsubscribe', 'manual', 'policy'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

/** Somebody, or everyone at a domain, whom this workspace does not send to. */
@Entity('suppressions')
@Unique(['workspaceId', 'addressKey'])
export class SuppressionEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  /** `addressKey` of a whole address, or `@domain`. */
  @Column('text', { name: 'address_key' }) addressKey!: string;
  @Column('text') reason!: SuppressionReason;
  /** For people: the reply of the server, or who asked for it. */
  @Column('text', { default: '' }) detail!: string;
  @Column('bigint', { name: 'delivery_id', nullable: true }) deliveryId!: string | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
