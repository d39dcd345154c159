import { fraudThemes } from './fraud.themes.js';
import type { Rule } from './rule.js';
import { tradeThemes } from './trade.themes.js';

export const phraseRules: readonly Rule[] = [...fraudThemes, ...tradeThemes].map(({ rule, points, sentence, needs, phrases }) => ({
  rule,
  points,
  sentence,
  test: ({ words }) => countUpTo(needs, phrases, words) >= needs,
}));

function countUpTo(needs: number, phrases: readonly RegExp[], words: string): number {
  let found = 0;
  for (const [index, phrase] of phrases.entries()) {
    if (phrase.test(words)) found++;
    // Decided, or out of reach.
    if (found >= needs || found + phrases.length - index - 1 < needs) break;
  }
  return found;
}
