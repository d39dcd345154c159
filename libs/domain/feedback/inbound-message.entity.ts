import type { ReceptionSignals } from '#base/contracts';
import type { RuleHit } from '#protocol/spam';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A message that came to one of our return or reply addresses, or to a feedback address; its bytes are a blob. */
@Entity('inbound_messages')
@Index('inbound_messages_waiting', ['id'], { where: 'processed_at IS NULL' })
@Index('inbound_messages_campaign', ['campaignId', 'kind', 'id'])
export class InboundMessageEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('uuid', { name: 'workspace_id', nullable: true }) workspaceId!: string | null;
  /** `waiting`, then what it was found to be: see `InboundKind`; or `unreadable`. */
  @Column('text') kind!: string;
  @Column('text') recipient!: string;
  /** RFC 5321 MAIL FROM; '' is the null sender. */
  @Column('text', { name: 'mail_from' }) mailFrom!: string;
  @Column('text', { name: 'header_from', default: '' }) headerFrom!: string;
  @Column('text', { default: '' }) subject!: string;
  @Column('text', { name: 'message_id', default: '' }) messageId!: string;
  @Column('bigint', { name: 'delivery_id', nullable: true }) deliveryId!: string | null;
  @Column('uuid', { name: 'campaign_id', nullable: true }) campaignId!: string | null;
  @Column('bigint', { name: 'contact_id', nullable: true }) contactId!: string | null;
  @Column('text') blob!: string;
  @Column('int', { name: 'size_bytes' }) sizeBytes!: number;
  @Column('jsonb', { default: {} }) detail!: object;
  /** Who sent it, as far as could be proved; null where that was not asked (reports to return paths, the simulator). */
  @Column('jsonb', { nullable: true }) reception!: ReceptionSignals | null;
  /** null: not judged yet; `ham`, `junk`, `reject`, `released` (somebody wants it), `unjudged` (a report). */
  @Column('text', { name: 'spam_verdict', nullable: true }) spamVerdict!: string | null;
  @Column('real', { name: 'spam_score', nullable: true }) spamScore!: number | null;
  @Column('jsonb', { name: 'spam_reasons', nullable: true }) spamReasons!: readonly RuleHit[] | null;
  /** Not to be read before: a scanner does not answer. */
  @Column('timestamptz', { name: 'due_at', nullable: true }) dueAt!: Date | null;
  @Column('timestamptz', { name: 'received_at', default: () => 'now()' }) receivedAt!: Date;
  @Column('timestamptz', { name: 'processed_at', nullable: true }) processedAt!: Date | null;
}
