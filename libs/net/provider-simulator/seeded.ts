import { createHash } from 'node:crypto';

/**
 * Chance without order: every decision about an address is a pure function of the seed and of what it is about, so that
 * a run can be repeated whatever arrives first.
 */
export class Dice {
  private readonly bytes: Buffer;

  constructor(...about: readonly string[]) {
    this.bytes = createHash('sha256').update(about.join('\0')).digest();
  }

  /** The `n`-th independent number in [0, 1), n from 0 to 7. */
  number(n: number): number {
    return this.bytes.readUInt32BE(n * 4) / 0x1_0000_0000;
  }

  /** Whether the `n`-th number falls under `probability`. */
  says(n: number, probability: number): boolean {
    return this.number(n) < probability;
  }

  /** A number around `median` with a long tail, as times of people are. */
  longTailed(n: number, median: number): number {
    return median * Math.exp((this.number(n) - 0.5) * 3);
  }

  pick<T>(n: number, from: readonly T[]): T {
    return from[Math.floor(this.number(n) * from.length)]!;
  }
}
