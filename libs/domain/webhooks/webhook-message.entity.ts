import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

/** `webhook_messages.state` */
export const MessageState = { waiting: 0, delivered: 1, givenUp: 2 } as const;
export type MessageState = (typeof MessageState)[keyof typeof MessageState];

/** One event for one endpoint. Written by the triggers of migration 0012. */
@Entity('webhook_messages')
@Index('webhook_messages_due', ['endpointId', 'dueAt', 'id'], { where: 'state = 0' })
@Index('webhook_messages_order', ['endpointId', 'subjectId', 'id'], { where: 'state = 0' })
@Index('webhook_messages_log', ['endpointId', 'id'])
export class WebhookMessageEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  /** May be gone: then it is sent to nobody, and forgotten. */
  @Column('uuid', { name: 'endpoint_id' }) endpointId!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  /** The same at every endpoint and in every repetition: what receivers know a repetition by. */
  @Column('text', { name: 'event_id' }) eventId!: string;
  @Column('text') type!: string;
  /** The delivery; events of one reach an endpoint in their order. */
  @Column('bigint', { name: 'subject_id', nullable: true }) subjectId!: string | null;
  @Column('jsonb') facts!: object;
  @Column('timestamptz', { name: 'occurred_at' }) occurredAt!: Date;
  @Column('smallint', { default: 0 }) state!: MessageState;
  @Column('smallint', { default: 0 }) attempts!: number;
  @Column('timestamptz', { name: 'give_up_at', default: () => `(now() + '3 days')` }) giveUpAt!: Date;
  @Column('timestamptz', { name: 'due_at', default: () => 'now()' }) dueAt!: Date;
}

/** One try to hand a message over. */
@Entity('webhook_attempts')
@Index('webhook_attempts_message', ['messageId', 'id'])
export class WebhookAttemptEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('bigint', { name: 'message_id' }) messageId!: string;
  @Column('timestamptz') at!: Date;
  /** null: there was no answer. */
  @Column('smallint', { name: 'status_code', nullable: true }) statusCode!: number | null;
  @Column('text', { default: '' }) error!: string;
  /** The first bytes of the answer. */
  @Column('text', { default: '' }) response!: string;
  @Column('int', { name: 'duration_ms' }) durationMs!: number;
  @ManyToOne(() => WebhookMessageEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'message_id' }) message!: unknown;
}
