import type { TellingToken } from './spam.types.js';
import type { Token } from './tokenize.js';

/** Weights of words and pairs as logistic regression found them: natural logarithms of odds. */
export interface PriorModel {
  readonly bias: number;
  readonly weights: ReadonlyMap<number, number>;
}

/** Long messages know more words; the root keeps their sum comparable, the constant keeps a single word from deciding. */
export const KNOWN_OFFSET = 30;

export interface PriorReading {
  /** Logarithm of the odds of being spam; 0 where nothing is known. */
  readonly logOdds: number;
  readonly known: number;
  readonly tokens: readonly TellingToken[];
}

/** The model holds the lower 32 bits of a token's hash. */
export function priorKey(hash: number): number {
  return hash % 0x100000000;
}

/** Fewer known words than this tell nothing: mail in a language that the model does not know is not judged by it. */
const MIN_KNOWN = 8;
const MAX_TELLING = 20;

export function readPrior(tokens: readonly Token[], { bias, weights }: PriorModel): PriorReading {
  const found: { token: string; weight: number }[] = [];
  let candidates = 0;
  for (const { hash, kind, text } of tokens) {
    if (kind === 'trait') continue;
    if (kind === 'word') candidates++;
    const weight = weights.get(priorKey(hash));
    if (weight !== undefined) found.push({ token: text, weight });
  }
  if (found.length < MIN_KNOWN) return { logOdds: 0, known: found.length, tokens: [] };
  const scale = 1 / Math.sqrt(found.length + KNOWN_OFFSET);
  const sum = found.reduce((total, { weight }) => total + weight, 0) * scale + bias;
  const confidence = familiarity(found.filter(({ token }) => !token.includes(' ')).length, candidates);
  const tokens_ = found.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, MAX_TELLING);
  return {
    logOdds: sum * confidence,
    known: found.length,
    tokens: tokens_.map(({ token, weight }) => ({ token, probability: logistic(weight * scale * 4) })),
  };
}

/** A text of which the model knows few words is in another language, whatever those few seem to say. */
function familiarity(known: number, words: number): number {
  const share = known / Math.max(1, words);
  return Math.max(0, Math.min(1, (share - 0.1) / 0.2));
}

export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Entries of 5 bytes, sorted by key: the key's 32 bits, little-endian, and the weight in 1/16 as a signed byte. */
const WEIGHT_STEP = 16;

export function decodePrior(base64: string, bias: number): PriorModel {
  const bytes = Buffer.from(base64, 'base64');
  const weights = new Map<number, number>();
  for (let at = 0; at + 5 <= bytes.length; at += 5) weights.set(bytes.readUInt32LE(at), bytes.readInt8(at + 4) / WEIGHT_STEP);
  return { bias, weights };
}

export function encodePrior({ weights }: Pick<PriorModel, 'weights'>): string {
  const entries = [...weights].map(([key, weight]) => [key, Math.max(-127, Math.min(127, Math.round(weight * WEIGHT_STEP)))] as const);
  const kept = entries.filter(([, weight]) => weight !== 0).sort(([a], [b]) => a - b);
  const bytes = Buffer.alloc(kept.length * 5);
  kept.forEach(([key, weight], index) => {
    bytes.writeUInt32LE(key, index * 5);
    bytes.writeInt8(weight, index * 5 + 4);
  });
  return bytes.toString('base64');
}
