import { STAR, type SequenceRange, type SequenceSet } from './sequence-set.types.js';

/** RFC 9051 §9 nz-number. */
const LARGEST = 0xffff_ffff;
const COLON = 0x3a;
const COMMA = 0x2c;
const ASTERISK = 0x2a;

/** @returns undefined where the text is no set, or has more ranges than allowed */
export function parseSequenceSet(text: string, mostRanges: number): SequenceSet | undefined {
  const ranges: SequenceRange[] = [];
  let at = 0;
  const number = (): number | undefined => {
    if (text.charCodeAt(at) === ASTERISK) {
      at += 1;
      return STAR;
    }
    const from = at;
    let value = 0;
    for (let digit = text.charCodeAt(at) - 48; digit >= 0 && digit <= 9; digit = text.charCodeAt(at) - 48) {
      value = value * 10 + digit;
      at += 1;
      if (value > LARGEST) return undefined;
    }
    return at === from || value === 0 ? undefined : value;
  };
  while (ranges.length < mostRanges) {
    const from = number();
    if (from === undefined) return undefined;
    let to: number | undefined = from;
    if (text.charCodeAt(at) === COLON) {
      at += 1;
      to = number();
      if (to === undefined) return undefined;
    }
    ranges.push([from, to]);
    if (at === text.length) return { ranges };
    if (text.charCodeAt(at) !== COMMA) return undefined;
    at += 1;
  }
  return undefined;
}

/**
 * The set as ascending, disjoint ranges of numbers. `largest` is what `*` stands for: the last sequence number, or the last UID; 0 in
 * an empty mailbox, where nothing is named by `*`. A range that ends in `*` names at least the last one, wherever it begins (RFC 9051 §9).
 */
export function resolveSet(set: SequenceSet, largest: number): SequenceRange[] {
  const resolved: SequenceRange[] = [];
  for (const [a, b] of set.ranges) {
    if (largest === 0 && (a === STAR || b === STAR)) continue;
    const from = a === STAR ? largest : a;
    const to = b === STAR ? largest : b;
    resolved.push(from <= to ? [from, to] : [to, from]);
  }
  return mergeRanges(resolved);
}

/** Sorted, overlapping and adjacent ones joined. */
export function mergeRanges(ranges: readonly SequenceRange[]): SequenceRange[] {
  const sorted = [...ranges].sort((left, right) => left[0] - right[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** Positions `[from, to)` in `uids` (ascending) whose UID lies in the ranges: a million UIDs named cost what is there, not what is named. */
export function findUids(ranges: readonly SequenceRange[], uids: Uint32Array): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const [from, to] of ranges) {
    const start = lowerBound(uids, from);
    const end = lowerBound(uids, to + 1);
    if (end > start) found.push([start, end]);
  }
  return found;
}

/** The first position whose UID is at least `uid`. */
export function lowerBound(uids: Uint32Array, uid: number): number {
  let low = 0;
  let high = uids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (uids[middle]! < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a number lies in resolved ranges. */
export function rangesHave(ranges: readonly SequenceRange[], value: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]![1] < value) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]![0] <= value;
}

/** Numbers, ascending, as ranges. */
export function toRanges(numbers: Iterable<number>): SequenceRange[] {
  const ranges: [number, number][] = [];
  for (const value of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && value === last[1] + 1) last[1] = value;
    else if (last === undefined || value > last[1]) ranges.push([value, value]);
  }
  return ranges;
}

/** `1:3,7`; the empty text for no range. */
export function formatSet(ranges: readonly SequenceRange[]): string {
  const name = (value: number) => (value === STAR ? '*' : String(value));
  return ranges.map(([from, to]) => (from === to ? name(from) : `${name(from)}:${name(to)}`)).join(',');
}
