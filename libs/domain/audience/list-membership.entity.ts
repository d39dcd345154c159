import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ContactEntity } from './contact.entity.js';
import { ListEntity } from './list.entity.js';

export const membershipStatuses = ['unconfirmed', 'subscribed', 'unsubscribed'] as const;
export type MembershipStatus = (typeof membershipStatuses)[number];

@Entity('list_memberships')
@Index('list_memberships_contact', ['contactId'])
export class ListMembershipEntity {
  @PrimaryColumn('uuid', { name: 'list_id' }) listId!: string;
  @PrimaryColumn('bigint', { name: 'contact_id' }) contactId!: string;
  @Column('text') status!: MembershipStatus;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
  @ManyToOne(() => ListEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'list_id' }) list!: unknown;
  @ManyToOne(() => ContactEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'contact_id' }) contact!: unknown;
}
