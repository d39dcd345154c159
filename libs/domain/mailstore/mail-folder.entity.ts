import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { MailAccountEntity } from './mail-account.entity.js';

/** What IMAP calls a mailbox: INBOX and whatever people make beside it. */
@Entity('mail_folders')
@Unique('mail_folders_name', ['accountId', 'name'])
export class MailFolderEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('uuid', { name: 'account_id' }) accountId!: string;
  /** As people read it, levels by `/`. */
  @Column('text') name!: string;
  /** `\Sent` and its like (RFC 6154). */
  @Column('text', { name: 'special_use', nullable: true }) specialUse!: string | null;
  @Column('bigint') uidvalidity!: string;
  @Column('int', { default: 1 }) uidnext!: number;
  /** The highest given out. */
  @Column('bigint', { default: 1 }) modseq!: string;
  /** Tombstones up to this one are gone. */
  @Column('bigint', { name: 'expunge_floor', default: 0 }) expungeFloor!: string;
  @Column('int', { default: 0 }) messages!: number;
  @Column('bigint', { default: 0 }) bytes!: string;
  /** Every keyword that was ever set here. */
  @Column('text', { array: true, default: [] }) keywords!: string[];
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @ManyToOne(() => MailAccountEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'account_id' }) account!: unknown;
}

@Entity('mail_subscriptions')
export class MailSubscriptionEntity {
  @PrimaryColumn('uuid', { name: 'account_id' }) accountId!: string;
  @PrimaryColumn('text') name!: string;
  @ManyToOne(() => MailAccountEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'account_id' }) account!: unknown;
}
