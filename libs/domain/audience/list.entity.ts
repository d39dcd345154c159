import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';

/** `double`: new members are `unconfirmed` until they say yes themselves. */
export type OptIn = 'single' | 'double';

@Entity('lists')
@Unique(['workspaceId', 'nameKey'])
export class ListEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') name!: string;
  /** The name in NFC and lower case: what makes it unique. */
  @Column('text', { name: 'name_key' }) nameKey!: string;
  @Column('text', { default: '' }) description!: string;
  @Column('text', { name: 'opt_in', default: 'single' }) optIn!: OptIn;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
