/** In the order of their bits. */
export const systemFlags = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'] as const;
export const SEEN = 1;
export const DELETED = 8;

/** Keywords of one message and of one folder: clients tag freely, and every SELECT repeats them. */
export const MAX_KEYWORDS = { message: 64, folder: 500 } as const;
export const MAX_KEYWORD_LENGTH = 100;

export interface FlagSet {
  readonly bits: number;
  readonly keywords: readonly string[];
}

/** System flags as bits, the rest as keywords, each once; `\Recent` and unknown system flags are nobody's to set. */
export function toFlagSet(flags: readonly string[]): FlagSet {
  let bits = 0;
  const keywords = new Map<string, string>();
  for (const flag of flags) {
    const index = systemFlags.findIndex((name) => name.toLowerCase() === flag.toLowerCase());
    if (index >= 0) bits |= 1 << index;
    else if (!flag.startsWith('\\') && flag.length <= MAX_KEYWORD_LENGTH && !keywords.has(flag.toLowerCase()))
      keywords.set(flag.toLowerCase(), flag);
  }
  return { bits, keywords: [...keywords.values()].slice(0, MAX_KEYWORDS.message) };
}

export function fromFlagSet({ bits, keywords }: FlagSet): string[] {
  return [...systemFlags.filter((_, index) => bits & (1 << index)), ...keywords];
}
