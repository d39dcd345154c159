import type { TellingToken } from './spam.types.js';
import type { TokenHash } from './token-hash.js';
import type { Token } from './tokenize.js';

/** In how many messages of each kind something was seen. */
export interface SpamHamCount {
  readonly spam: number;
  readonly ham: number;
}

/** What was learnt from mail of one's own. */
export interface TrainedCounts {
  /** Messages learnt from. */
  readonly messages: SpamHamCount;
  readonly tokens: ReadonlyMap<TokenHash, SpamHamCount>;
}

export const nothingTrained: TrainedCounts = { messages: { spam: 0, ham: 0 }, tokens: new Map() };

export interface TrainedReading {
  /** 0…1; 0.5 where nothing is known. */
  readonly probability: number;
  /** How far to rely on it, 0…1: grows with the smaller of the two kinds. */
  readonly confidence: number;
  readonly tokens: readonly TellingToken[];
}

/** Robinson's s: how many sightings a token needs to outweigh the assumption that it is neutral. */
const STRENGTH = 0.45;
const NEUTRAL = 0.5;
/** Only the most telling tokens count, and only those away from the middle. */
const MAX_TELLING = 150;
const MIN_DEVIATION = 0.1;
/** Pairs contain their words: they count for less, or one phrase would be several votes. */
const PAIR_WEIGHT = 0.7;
/** Messages of either kind at which what was learnt counts half. */
const HALF_CONFIDENCE = 4;

/**
 * Robinson's probability of each token, combined by Fisher's method both ways (`chi2`): the result is near ½ both when
 * nothing is known and when the evidence contradicts itself.
 */
export function classify(tokens: readonly Token[], { messages, tokens: counts }: TrainedCounts): TrainedReading {
  if (messages.spam === 0 || messages.ham === 0) return { probability: NEUTRAL, confidence: 0, tokens: [] };
  const telling: { token: string; probability: number; weight: number }[] = [];
  for (const { text, hash, kind } of tokens) {
    const count = counts.get(hash);
    if (!count) continue;
    const probability = tokenProbability(count, messages);
    if (Math.abs(probability - NEUTRAL) >= MIN_DEVIATION)
      telling.push({ token: text, probability, weight: kind === 'pair' ? PAIR_WEIGHT : 1 });
  }
  telling.sort((a, b) => Math.abs(b.probability - NEUTRAL) * b.weight - Math.abs(a.probability - NEUTRAL) * a.weight);
  const strongest = telling.slice(0, MAX_TELLING);
  const smaller = Math.min(messages.spam, messages.ham);
  return {
    probability: combine(strongest),
    confidence: smaller / (smaller + HALF_CONFIDENCE),
    tokens: strongest.slice(0, 20).map(({ token, probability }) => ({ token, probability })),
  };
}

function tokenProbability({ spam, ham }: SpamHamCount, messages: SpamHamCount): number {
  const inSpam = Math.min(1, Math.max(0, spam) / messages.spam);
  const inHam = Math.min(1, Math.max(0, ham) / messages.ham);
  const seen = Math.max(0, spam) + Math.max(0, ham);
  if (inSpam + inHam === 0) return NEUTRAL;
  return (STRENGTH * NEUTRAL + seen * (inSpam / (inSpam + inHam))) / (STRENGTH + seen);
}

function combine(strongest: readonly { probability: number; weight: number }[]): number {
  if (strongest.length === 0) return NEUTRAL;
  let [spamLog, hamLog, freedom] = [0, 0, 0];
  for (const { probability, weight } of strongest) {
    spamLog += weight * Math.log(1 - probability);
    hamLog += weight * Math.log(probability);
    freedom += weight;
  }
  const pairs = Math.max(1, Math.round(freedom));
  const spamminess = 1 - chiSquareTail(-2 * spamLog, pairs);
  const hamminess = 1 - chiSquareTail(-2 * hamLog, pairs);
  return (1 + spamminess - hamminess) / 2;
}

/** Probability that χ² with `2·pairs` degrees of freedom is at least `x`. Summed in logarithms, as e^(−x/2) underflows. */
export function chiSquareTail(x: number, pairs: number): number {
  const half = x / 2;
  if (half <= 0) return 1;
  let logTerm = -half;
  let sum = Math.exp(logTerm);
  for (let i = 1; i < pairs; i++) {
    logTerm += Math.log(half / i);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}
