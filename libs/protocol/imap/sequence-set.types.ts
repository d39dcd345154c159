/** `*`: the last message of the mailbox. */
export const STAR = Number.POSITIVE_INFINITY;

/** Both ends belong to it. As the client wrote it: `from` may be larger, either may be STAR. */
export type SequenceRange = readonly [from: number, to: number];

/** What a client named by numbers, in its order; `resolveSet` turns it into sorted, disjoint ranges (RFC 9051 §9 sequence-set). */
export interface SequenceSet {
  readonly ranges: readonly SequenceRange[];
}

/** `$` is what the last SEARCH with RETURN (SAVE) found (RFC 5182). */
export type MessageSet = SequenceSet | '$';

/** A 63-bit number (RFC 7162 §7). */
export type ModSeq = bigint;
