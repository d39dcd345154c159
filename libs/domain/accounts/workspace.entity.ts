import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('workspaces')
export class WorkspaceEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('text', { unique: true }) slug!: string;
  /** Printed in the footer of bulk mail: most countries' laws ask for it. */
  @Column('text', { name: 'postal_address', default: '' }) postalAddress!: string;
  @Column('jsonb', { default: {} }) settings!: object;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
