import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How many connections of a limit one process has: see connection-shares.ts. */
@Entity('connection_shares')
export class ConnectionShareEntity {
  @PrimaryColumn('text') key!: string;
  @PrimaryColumn('uuid') holder!: string;
  @Column('int') held!: number;
  /** What it could use. */
  @Column('int') want!: number;
  @Column('timestamptz', { name: 'kept_until' }) keptUntil!: Date;
}
