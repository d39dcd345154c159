import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { MailFolderEntity } from './mail-folder.entity.js';

/** A message in a folder. Its bytes are `prefix` and then the blob, and never change. */
@Entity('mail_messages')
@Index('mail_messages_modseq', ['folderId', 'modseq'])
@Index('mail_messages_unseen', ['folderId'], { where: 'flags & 1 = 0' })
@Index('mail_messages_deleted', ['folderId', 'uid'], { where: 'flags & 8 <> 0' })
@Index('mail_messages_blob', ['blob'])
export class MailMessageEntity {
  @PrimaryColumn('bigint', { name: 'folder_id' }) folderId!: string;
  @PrimaryColumn('int') uid!: number;
  @Column('bigint') modseq!: string;
  /** `systemFlags` by bit. */
  @Column('smallint', { default: 0 }) flags!: number;
  @Column('text', { array: true, default: [] }) keywords!: string[];
  @Column('timestamptz', { name: 'internal_date' }) internalDate!: Date;
  @Column('timestamptz', { name: 'saved_at', default: () => 'now()' }) savedAt!: Date;
  /** The day of the Date header, in its own zone. */
  @Column('date', { name: 'sent_on', nullable: true }) sentOn!: string | null;
  @Column('int', { name: 'size_bytes' }) sizeBytes!: number;
  @Column('bytea', { nullable: true }) prefix!: Buffer | null;
  @Column('text') blob!: string;
  @Column('uuid', { name: 'email_id' }) emailId!: string;
  @Column('jsonb') structure!: unknown;
  @Column('text', { name: 'header_text' }) headerText!: string;
  @Column('text', { name: 'body_text' }) bodyText!: string;
  @ManyToOne(() => MailFolderEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'folder_id' }) folder!: unknown;
}

/** That a message was there: for clients that come back (RFC 7162). */
@Entity('mail_expunged')
@Index('mail_expunged_modseq', ['folderId', 'modseq'])
export class MailExpungedEntity {
  @PrimaryColumn('bigint', { name: 'folder_id' }) folderId!: string;
  @PrimaryColumn('int') uid!: number;
  @Column('bigint') modseq!: string;
  @Column('timestamptz', { name: 'expunged_at', default: () => 'now()' }) expungedAt!: Date;
  @ManyToOne(() => MailFolderEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'folder_id' }) folder!: unknown;
}
