/** One thing that was looked at: how it is, and what to do about it. */
export interface Finding {
  readonly area: string;
  readonly verdict: 'good' | 'advice' | 'bad';
  /** What was found, in a sentence. */
  readonly found: string;
  /** What to do; absent when all is well. */
  readonly remedy?: string;
}
