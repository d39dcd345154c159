import type { MessageStructure } from '#protocol/mime-structure';
import type { FlagSet } from './flags.js';
import type { StoredBytes } from './message-bytes.js';

/** A message on its way into a folder, its blob stored already. */
export interface NewMessage {
  readonly blob: string;
  /** Of the blob. */
  readonly bytes: Buffer;
  /** Fields that stand before the blob's. */
  readonly prefix?: Buffer;
  readonly flags: FlagSet;
  /** Absent: now. */
  readonly internalDate?: Date | undefined;
}

export interface Appended {
  readonly uidValidity: number;
  readonly uids: readonly number[];
}

export interface Copied {
  readonly uidValidity: number;
  /** In the source and in the target, place by place. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export interface StoreRequest {
  readonly mode: 'replace' | 'add' | 'remove';
  readonly flags: FlagSet;
  readonly unchangedSince?: bigint | undefined;
}

export interface StoreResult {
  readonly changed: readonly MessageFlags[];
  /** Changed by others since (RFC 7162 §3.1.3). */
  readonly refused: readonly number[];
}

export interface MessageFlags extends FlagSet {
  readonly uid: number;
  readonly modSeq: bigint;
}

export interface MessageFacts extends MessageFlags {
  readonly internalDate: Date;
  readonly savedAt: Date;
  /** Prefix and blob. */
  readonly sizeBytes: number;
  readonly emailId: string;
}

export interface StoredMessage extends MessageFacts, StoredBytes {
  /** Of the blob alone. */
  readonly structure: MessageStructure | undefined;
}
