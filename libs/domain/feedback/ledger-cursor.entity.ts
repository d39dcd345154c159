import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far somebody has read the ledger of attempts. */
@Entity('ledger_cursors')
export class LedgerCursorEntity {
  @PrimaryColumn('text') reader!: string;
  @Column('bigint', { name: 'attempt_id' }) attemptId!: string;
}
