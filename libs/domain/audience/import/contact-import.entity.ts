import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ListEntity } from '../list.entity.js';
import type { ImportCheckpoint, ImportStatus, StoredImportOptions } from './import.types.js';

@Entity('contact_imports')
@Index('contact_imports_recent', ['workspaceId', 'createdAt'])
export class ContactImportEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('uuid', { name: 'list_id', nullable: true }) listId!: string | null;
  @Column('text', { name: 'file_name' }) fileName!: string;
  /** The staged file, in UTF-8, relative to the data directory. */
  @Column('text', { name: 'stored_path' }) storedPath!: string;
  @Column('jsonb', { default: {} }) options!: StoredImportOptions;
  @Column('text', { default: 'waiting' }) status!: ImportStatus;
  @Column('bigint', { name: 'bytes_total', default: 0 }) bytesTotal!: string;
  @Column('bigint', { name: 'bytes_done', default: 0 }) bytesDone!: string;
  @Column('bigint', { name: 'rows_read', default: 0 }) rowsRead!: string;
  @Column('bigint', { name: 'rows_created', default: 0 }) rowsCreated!: string;
  @Column('bigint', { name: 'rows_updated', default: 0 }) rowsUpdated!: string;
  @Column('bigint', { name: 'rows_duplicate', default: 0 }) rowsDuplicate!: string;
  @Column('bigint', { name: 'rows_rejected', default: 0 }) rowsRejected!: string;
  @Column('jsonb', { default: {} }) checkpoint!: Partial<ImportCheckpoint>;
  @Column('text', { name: 'error_code', nullable: true }) errorCode!: string | null;
  @Column('text', { name: 'error_message', nullable: true }) errorMessage!: string | null;
  /** The rows that were refused, as CSV, relative to the data directory. */
  @Column('text', { name: 'error_file', nullable: true }) errorFile!: string | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
  @ManyToOne(() => ListEntity, { onDelete: 'SET NULL', nullable: true }) @JoinColumn({ name: 'list_id' }) list!: unknown;
}
