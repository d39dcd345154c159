import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A local address that mail leaves from, and the name it greets with. */
@Entity('egress_sources')
@Unique(['name'])
export class EgressSourceEntity {
  @PrimaryGeneratedColumn('identity', { type: 'int', generatedIdentity: 'ALWAYS' }) id!: number;
  @Column('text') name!: string;
  @Column('inet', { name: 'local_address', nullable: true }) localAddress!: string | null;
  @Column('text', { nullable: true }) helo!: string | null;
}
