import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A delivery process. Its row goes when its mail is accounted for, not when it dies. */
@Entity('mta_workers')
export class MtaWorkerEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') hostname!: string;
  @Column('int') pid!: number;
  /** Directory of its journal. */
  @Column('text') journal!: string;
  @Column('timestamptz', { name: 'started_at', default: () => 'now()' }) startedAt!: Date;
  @Column('timestamptz', { name: 'heartbeat_at', default: () => 'now()' }) heartbeatAt!: Date;
}
