import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

/** A conversation: what we sent to an address, and what came back. */
@Entity('threads')
@Index('threads_recent', ['workspaceId', 'lastMessageAt', 'id'])
@Index('threads_delivery', ['deliveryId'], { where: 'delivery_id IS NOT NULL' })
export class ThreadEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text', { default: '' }) subject!: string;
  @Column('bigint', { name: 'contact_id', nullable: true }) contactId!: string | null;
  @Column('uuid', { name: 'campaign_id', nullable: true }) campaignId!: string | null;
  /** The mail that began it. */
  @Column('bigint', { name: 'delivery_id', nullable: true }) deliveryId!: string | null;
  /** Whom it is with. */
  @Column('text', { name: 'address_key' }) addressKey!: string;
  @Column('int', { name: 'message_count', default: 0 }) messageCount!: number;
  @Column('boolean', { name: 'is_open', default: true }) isOpen!: boolean;
  /** Holds nothing but mail that was judged junk. */
  @Column('boolean', { name: 'is_junk', default: false }) isJunk!: boolean;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'last_message_at', default: () => 'now()' }) lastMessageAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

@Entity('thread_messages')
@Index('thread_messages_thread', ['threadId', 'id'])
@Index('thread_messages_message', ['workspaceId', 'messageId'], { where: `message_id <> ''` })
@Index('thread_messages_inbound', ['inboundId'], { unique: true, where: 'inbound_id IS NOT NULL' })
export class ThreadMessageEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('bigint', { name: 'thread_id' }) threadId!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') direction!: 'in' | 'out';
  /** `reply`, `auto-reply`, `unsubscribe`, `junk`; of outgoing ones `sent`. */
  @Column('text', { default: 'reply' }) kind!: string;
  /** Without angle brackets. */
  @Column('text', { name: 'message_id', default: '' }) messageId!: string;
  @Column('bigint', { name: 'inbound_id', nullable: true }) inboundId!: string | null;
  @Column('bigint', { name: 'delivery_id', nullable: true }) deliveryId!: string | null;
  @Column('text', { name: 'from_address', default: '' }) fromAddress!: string;
  @Column('text', { default: '' }) subject!: string;
  /** The beginning of what the person wrote, without quotations. */
  @Column('text', { default: '' }) snippet!: string;
  @Column('timestamptz', { default: () => 'now()' }) at!: Date;
  @ManyToOne('ThreadEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'thread_id' }) thread!: unknown;
}
