import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

/** In how many messages of each kind a token was seen. */
@Entity('spam_tokens')
@Index('spam_tokens_seen', ['seenOn'])
export class SpamTokenEntity {
  @PrimaryColumn('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @PrimaryColumn('bigint') token!: string;
  @Column('int', { default: 0 }) spam!: number;
  @Column('int', { default: 0 }) ham!: number;
  @Column('date', { name: 'seen_on' }) seenOn!: string;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

/** How many messages a workspace has taught. */
@Entity('spam_totals')
export class SpamTotalsEntity {
  @PrimaryColumn('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('int', { default: 0 }) spam!: number;
  @Column('int', { default: 0 }) ham!: number;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

/** Messages that were learnt from, and as what. */
@Entity('spam_trainings')
@Index('spam_trainings_at', ['trainedAt'])
export class SpamTrainingEntity {
  @PrimaryColumn('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @PrimaryColumn('bytea', { name: 'message_hash' }) messageHash!: Buffer;
  @Column('text') kind!: 'ham' | 'junk';
  @Column('timestamptz', { name: 'trained_at', default: () => 'now()' }) trainedAt!: Date;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}

/** Mail that people moved into or out of Junk, still to be learnt from. */
@Entity('spam_moves')
export class SpamMoveEntity {
  @PrimaryColumn({ type: 'bigint', default: () => 'chapar_row_id()' }) id!: string;
  @Column('uuid', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text') blob!: string;
  @Column('text') kind!: 'ham' | 'junk';
  @Column('int', { default: 0 }) failures!: number;
  @ManyToOne('WorkspaceEntity', { onDelete: 'CASCADE' }) @JoinColumn({ name: 'workspace_id' }) workspace!: unknown;
}
