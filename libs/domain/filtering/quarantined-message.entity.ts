import type { RuleHit } from '#protocol/spam';
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';

/** A message that somebody has to decide about; its bytes are a blob. */
@Entity('quarantined_messages')
@Index('quarantined_messages_list', ['workspaceId', 'state', 'id'])
@Unique(['route', 'subjectId'])
export class QuarantinedMessageEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text', { default: 'held' }) state!: 'held' | 'released' | 'deleted';
  @Column('text') cause!: 'virus' | 'risk' | 'spam';
  @Column('text') route!: string;
  @Column('text', { name: 'subject_id' }) subjectId!: string;
  @Column('text') blob!: string;
  @Column('int', { name: 'size_bytes' }) sizeBytes!: number;
  @Column('text') recipient!: string;
  @Column('text', { name: 'mail_from' }) mailFrom!: string;
  @Column('text', { name: 'header_from', default: '' }) headerFrom!: string;
  @Column('text', { default: '' }) subject!: string;
  @Column('real', { default: 0 }) score!: number;
  @Column('jsonb', { default: [] }) reasons!: readonly RuleHit[];
  @Column('timestamptz', { name: 'held_at', default: () => 'now()' }) heldAt!: Date;
  @Column('timestamptz', { name: 'decided_at', nullable: true }) decidedAt!: Date | null;
  @Column('text', { name: 'decided_by', default: '' }) decidedBy!: string;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
