import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { DeliveryOutcome } from './delivery-outcome.js';
import { type JournalRef, decodeJournal, encodeDot, encodeReply, encodeUnsent } from './journal-codec.js';

/** A file of the journal; it goes when nothing in it is needed any more. */
interface Segment {
  readonly file: string;
  readonly fd: number;
  sizeBytes: number;
  /** Attempts with a record here whose outcome is not yet in the database. */
  open: number;
}

/** One attempt's place in the journal. */
export interface JournalEntry {
  readonly ref: JournalRef;
  readonly segments: Segment[];
}

const SEGMENT_BYTES = 8 * 1024 * 1024;

/**
 * What a delivery process knows and the database does not yet: a record before the final dot and one when the outcome is
 * known. `write` without `fsync`: it survives the death of the process, which is what it is for. The directory belongs
 * to one process; records are dropped once their outcomes are committed.
 */
export class Journal {
  private current: Segment;
  private number = 0;

  constructor(
    readonly directory: string,
    private readonly segmentBytes = SEGMENT_BYTES,
  ) {
    mkdirSync(directory, { recursive: true });
    this.current = this.openSegment();
  }

  begin(ref: JournalRef): JournalEntry {
    return { ref, segments: [] };
  }

  /** Returns only when the record is in the kernel's hands; the dot may follow. */
  dot(entry: JournalEntry): void {
    this.append(entry, encodeDot(entry.ref));
  }

  reply(entry: JournalEntry, outcome: DeliveryOutcome): void {
    this.append(entry, encodeReply(entry.ref, outcome));
  }

  /** The message was not taken although it may have been complete: the attempt ends here, without an outcome. */
  unsent(entry: JournalEntry): void {
    if (entry.segments.length > 0) this.append(entry, encodeUnsent(entry.ref));
    this.settle(entry);
  }

  /** The outcome is in the database, or the attempt ended before its dot: its records are no longer needed. */
  settle(entry: JournalEntry): void {
    for (const segment of entry.segments.splice(0)) {
      segment.open--;
      if (segment.open === 0) this.reclaim(segment);
    }
  }

  /** Gives the directory up. Only when everything is settled, or the process leaves its journal to a successor. */
  close(options: { readonly remove: boolean }): void {
    closeSync(this.current.fd);
    if (options.remove) rmSync(this.directory, { recursive: true, force: true });
  }

  private append(entry: JournalEntry, record: Buffer): void {
    if (this.current.sizeBytes >= this.segmentBytes) this.rotate();
    const segment = this.current;
    let written = 0;
    try {
      while (written < record.length) written += writeSync(segment.fd, record, written);
    } catch (error) {
      // A disk that filled up half way: whoever reads the journal stops at half a record, and would miss all that follow.
      if (written > 0) ftruncateSync(segment.fd, segment.sizeBytes);
      throw error;
    }
    segment.sizeBytes += record.length;
    if (entry.segments.includes(segment)) return;
    entry.segments.push(segment);
    segment.open++;
  }

  private rotate(): void {
    const old = this.current;
    this.current = this.openSegment();
    if (old.open === 0) this.reclaim(old);
  }

  private reclaim(segment: Segment): void {
    if (segment === this.current) {
      ftruncateSync(segment.fd);
      segment.sizeBytes = 0;
      return;
    }
    closeSync(segment.fd);
    unlinkSync(segment.file);
  }

  private openSegment(): Segment {
    const file = path.join(this.directory, `${String(++this.number).padStart(8, '0')}.journal`);
    return { file, fd: openSync(file, 'a'), sizeBytes: 0, open: 0 };
  }
}

/** How far an attempt had come when its process died. */
export type JournaledState = { readonly type: 'dot' } | { readonly type: 'reply'; readonly outcome: DeliveryOutcome };

/** Everything a dead process left, by batch and delivery. A missing directory is an empty journal. */
export class JournalReplay {
  private readonly states = new Map<string, JournaledState & { readonly attempt: number }>();

  static read(directory: string): JournalReplay {
    const replay = new JournalReplay();
    for (const file of filesOf(directory)) {
      for (const record of decodeJournal(readFileSync(path.join(directory, file)))) {
        const { batchId, deliveryId, attempt } = record.ref;
        if (record.type === 'unsent') {
          replay.states.delete(`${batchId}/${deliveryId}`);
          continue;
        }
        const state =
          record.type === 'dot' ? { type: 'dot' as const, attempt } : { type: 'reply' as const, outcome: record.outcome, attempt };
        replay.states.set(`${batchId}/${deliveryId}`, state);
      }
    }
    return replay;
  }

  /** Undefined: the final dot was not sent, so a repeat is safe. */
  stateOf({ batchId, deliveryId, attempt }: JournalRef): JournaledState | undefined {
    const state = this.states.get(`${batchId}/${deliveryId}`);
    return state?.attempt === attempt ? state : undefined;
  }

  get size(): number {
    return this.states.size;
  }
}

function filesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.journal'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
