import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One row per delivery that was reacted to. Written by EventRecorder only. */
@Entity('engagements')
@Index('engagements_campaign', ['campaignId'])
export class EngagementEntity {
  @PrimaryColumn('bigint', { name: 'delivery_id' }) deliveryId!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('uuid', { name: 'campaign_id', nullable: true }) campaignId!: string | null;
  @Column('bigint', { name: 'contact_id', nullable: true }) contactId!: string | null;
  @Column('int', { name: 'human_opens', default: 0 }) humanOpens!: number;
  @Column('int', { name: 'machine_opens', default: 0 }) machineOpens!: number;
  @Column('int', { name: 'human_clicks', default: 0 }) humanClicks!: number;
  @Column('int', { name: 'machine_clicks', default: 0 }) machineClicks!: number;
  @Column('timestamptz', { name: 'unsubscribed_at', nullable: true }) unsubscribedAt!: Date | null;
  @Column('timestamptz', { name: 'complained_at', nullable: true }) complainedAt!: Date | null;
  @Column('timestamptz', { name: 'bounced_at', nullable: true }) bouncedAt!: Date | null;
  @Column('timestamptz', { name: 'replied_at', nullable: true }) repliedAt!: Date | null;
  @Column('timestamptz', { name: 'auto_replied_at', nullable: true }) autoRepliedAt!: Date | null;
}
