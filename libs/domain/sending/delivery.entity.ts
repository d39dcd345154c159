import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { DeliveryKind } from '#base/contracts';

/** One narrow row per recipient, never updated; partitioned by id (see migration 0001). */
@Entity('deliveries')
@Index('deliveries_campaign', ['campaignId', 'id'])
@Index('deliveries_contact', ['contactId', 'id'])
@Index('deliveries_message', ['messageId'], { where: 'message_id IS NOT NULL' })
// By an expression, which TypeORM cannot say: migration 0002 has it.
@Index('deliveries_address', { synchronize: false })
export class DeliveryEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('uuid', { name: 'campaign_id', nullable: true }) campaignId!: string | null;
  @Column('bigint', { name: 'contact_id', nullable: true }) contactId!: string | null;
  @Column('smallint', { default: 0 }) kind!: DeliveryKind;
  /** Null for campaign mail: the campaign's own frozen version. */
  @Column('uuid', { name: 'template_version_id', nullable: true }) templateVersionId!: string | null;
  @Column('text') email!: string;
  /** The merge fields that the template uses, as they were at the freeze. */
  @Column('jsonb', { nullable: true }) merge!: Record<string, unknown> | null;
  /** The accepted message that it is a copy of; null for campaign and test mail. */
  @Column('uuid', { name: 'message_id', nullable: true }) messageId!: string | null;
}
