import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { CampaignStatus } from './campaign-status.policy.js';

/** Whom a campaign goes to: members of the included lists who are on none of the excluded ones. */
export interface CampaignAudience {
  readonly include: { readonly lists: readonly string[] };
  readonly exclude: { readonly lists: readonly string[] };
}

@Entity('campaigns')
@Index('campaigns_workspace', ['workspaceId', 'createdAt'])
@Index('campaigns_due', ['scheduledAt'], { where: `status = 'scheduled'` })
export class CampaignEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') name!: string;
  @Column('text', { default: 'draft' }) status!: CampaignStatus;
  /** Why the campaign is in this state, in a sentence, when that is not plain. */
  @Column('text', { name: 'status_reason', default: '' }) statusReason!: string;
  @Column('uuid', { name: 'template_id', nullable: true }) templateId!: string | null;
  /** Frozen when sending starts. */
  @Column('uuid', { name: 'template_version_id', nullable: true }) templateVersionId!: string | null;
  @Column('uuid', { name: 'domain_id', nullable: true }) domainId!: string | null;
  @Column('text', { name: 'from_name', default: '' }) fromName!: string;
  @Column('text', { name: 'from_email', default: '' }) fromEmail!: string;
  @Column('text', { name: 'reply_to', default: '' }) replyTo!: string;
  @Column('jsonb', { default: {} }) audience!: CampaignAudience;
  @Column('jsonb', { name: 'audience_counts', default: {} }) audienceCounts!: Record<string, number>;
  @Column('bigint', { default: 0 }) recipients!: string;
  @Column('timestamptz', { name: 'scheduled_at', nullable: true }) scheduledAt!: Date | null;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
  @ManyToOne('TemplateEntity', { onDelete: 'SET NULL' }) @JoinColumn({ name: 'template_id' }) template!: unknown;
  @ManyToOne('TemplateVersionEntity') @JoinColumn({ name: 'template_version_id' }) templateVersion!: unknown;
  @ManyToOne('DomainEntity') @JoinColumn({ name: 'domain_id' }) domain!: unknown;
}

/** One idempotent ticket of the freeze: the contacts with `fromContactId <= id < toContactId`. */
@Entity('campaign_ranges')
export class CampaignRangeEntity {
  @PrimaryColumn('uuid', { name: 'campaign_id' }) campaignId!: string;
  @PrimaryColumn('int') number!: number;
  @Column('bigint', { name: 'from_contact_id' }) fromContactId!: string;
  @Column('bigint', { name: 'to_contact_id' }) toContactId!: string;
  @Column('text', { default: 'waiting' }) state!: 'waiting' | 'frozen';
  @Column('int', { default: 0 }) recipients!: number;
  @ManyToOne(() => CampaignEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'campaign_id' }) campaign!: unknown;
}
