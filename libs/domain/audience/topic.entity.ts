import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';

/** A topic's name in a language of its readers. */
export type TopicNames = Readonly<Record<string, { readonly name: string; readonly description?: string | undefined }>>;

/** What people choose on the preference page: "offers", "product news". */
@Entity('topics')
@Unique(['workspaceId', 'nameKey'])
export class TopicEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') name!: string;
  @Column('text', { name: 'name_key' }) nameKey!: string;
  @Column('text', { default: '' }) description!: string;
  /** By language; `name` and `description` are for every other. */
  @Column('jsonb', { default: {} }) names!: TopicNames;
  /** Who never chose gets it only if this is false. */
  @Column('boolean', { name: 'is_opt_in', default: false }) isOptIn!: boolean;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

@Entity('topic_choices')
@Index('topic_choices_contact', ['contactId'])
export class TopicChoiceEntity {
  @PrimaryColumn('uuid', { name: 'topic_id' }) topicId!: string;
  @PrimaryColumn('bigint', { name: 'contact_id' }) contactId!: string;
  @Column('text') status!: 'subscribed' | 'unsubscribed';
  /** `page`, `api`, … */
  @Column('text', { default: '' }) source!: string;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne('TopicEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'topic_id' }) topic!: unknown;
  @ManyToOne('ContactEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'contact_id' }) contact!: unknown;
}
