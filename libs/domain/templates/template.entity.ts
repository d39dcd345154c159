import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import type { CompiledTemplate, MissingValuePolicy, TextDirection } from './template.types.js';

@Entity('templates')
@Index('templates_workspace', ['workspaceId', 'createdAt'])
export class TemplateEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') name!: string;
  @Column('text', { default: 'en' }) language!: string;
  @Column('text', { default: 'ltr' }) direction!: TextDirection;
  /** The shipped template it began as. */
  @Column('text', { name: 'gallery_key', nullable: true }) galleryKey!: string | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'archived_at', nullable: true }) archivedAt!: Date | null;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

/** Immutable once written: campaigns are frozen with a version, and every mail of theirs is rendered from it. */
@Entity('template_versions')
@Unique(['templateId', 'number'])
export class TemplateVersionEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('uuid', { name: 'template_id' }) templateId!: string;
  /** From 1, without gaps. */
  @Column('int') number!: number;
  @Column('text') subject!: string;
  @Column('text', { default: '' }) preheader!: string;
  @Column('text') source!: string;
  @Column('text', { name: 'text_source', nullable: true }) textSource!: string | null;
  @Column('text', { name: 'missing_values', default: 'empty' }) missingValues!: MissingValuePolicy;
  @Column('jsonb') compiled!: CompiledTemplate;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
  @ManyToOne(() => TemplateEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'template_id' }) template!: unknown;
}

@Entity('template_partials')
export class TemplatePartialEntity {
  @PrimaryColumn('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @PrimaryColumn('text') name!: string;
  @Column('text') source!: string;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
