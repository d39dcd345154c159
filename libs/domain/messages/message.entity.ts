import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { MailClass } from '#base/contracts';
import type { MessageSpool } from '#domain/sending';
import type { DsnRequest } from './message-draft.js';
import type { MessageRecipients } from './prepared-message.js';

/** Mail that a program handed over; partitioned by its id, a uuid v7 (see migration 0008). Only its schedule ever changes. */
@Entity('messages')
@Index('messages_workspace', ['workspaceId', 'id'])
export class MessageEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('uuid', { name: 'domain_id' }) domainId!: string;
  @Column('uuid', { name: 'api_key_id', nullable: true }) apiKeyId!: string | null;
  @Column('text', { default: 'api' }) origin!: 'api' | 'smtp';
  @Column('smallint', { default: 1 }) class!: MailClass;
  @Column('text', { default: 'transactional' }) stream!: string;
  @Column('text') sender!: string;
  @Column('jsonb') recipients!: MessageRecipients;
  @Column('text', { name: 'reply_to', array: true, default: () => "'{}'" }) replyTo!: string[];
  @Column('text', { default: '' }) subject!: string;
  @Column('text', { name: 'message_id' }) messageId!: string;
  /** What it is about, which people can leave. */
  @Column('uuid', { name: 'topic_id', nullable: true }) topicId!: string | null;
  @Column('jsonb', { default: [] }) tags!: { name: string; value: string }[];
  @Column('jsonb', { default: {} }) metadata!: Record<string, string>;
  /** Of submission: whom failures are told. Empty for the API. */
  @Column('text', { name: 'envelope_from', default: '' }) envelopeFrom!: string;
  @Column('jsonb', { nullable: true }) dsn!: DsnRequest | null;
  @Column('jsonb') spool!: MessageSpool;
  @Column('int', { name: 'size_bytes' }) sizeBytes!: number;
  /** Where the bytes are, when they are not in `message_bodies`. */
  @Column('text', { nullable: true }) blob!: string | null;
  @Column('timestamptz', { name: 'scheduled_at', nullable: true }) scheduledAt!: Date | null;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' }) createdAt!: Date;
}

@Entity('message_bodies')
export class MessageBodyEntity {
  @PrimaryColumn('uuid', { name: 'message_id' }) messageId!: string;
  @Column('bytea') content!: Buffer;
}

@Entity('idempotency_keys')
@Index('idempotency_keys_age', ['createdAt'])
export class IdempotencyKeyEntity {
  @PrimaryColumn('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @PrimaryColumn('text') endpoint!: string;
  @PrimaryColumn('text') key!: string;
  @Column('bytea', { name: 'request_hash' }) requestHash!: Buffer;
  @Column('jsonb') response!: unknown;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
