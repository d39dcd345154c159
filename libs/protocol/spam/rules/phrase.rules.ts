import { fraudThemes } from './fraud.themes.js';
import type { Rule, RuleInput } from './rule.js';
import type { Theme } from './theme.js';
import { tradeThemes } from './trade.themes.js';

const themes = [...fraudThemes, ...tradeThemes];
const credentials = themes.find(({ rule }) => rule === 'theme-credentials')!;
/** What honest shops do as well. */
const MILD = new Set(['theme-urgency', 'theme-claims-lawful', 'theme-invoice-trap']);

/** Shops ask to confirm an address, too: at their own site. */
const has = (theme: Theme, message: RuleInput, more = 0): boolean =>
  countUpTo(theme.needs + more, theme.phrases, message.words) >= theme.needs + more && (theme !== credentials || !staysAtHome(message));

export const phraseRules: readonly Rule[] = [
  ...themes.map((theme): Rule => ({ ...theme, test: (message) => has(theme, message) })),
  {
    rule: 'theme-insistent',
    points: 1.3,
    sentence: 'It says in more ways than one what it is after.',
    test: (message) => themes.some((theme) => !MILD.has(theme.rule) && has(theme, message, 1)),
  },
  {
    rule: 'credentials-elsewhere',
    points: 1.6,
    sentence: 'It asks to log in at a site that is not the sender’s.',
    test: (message) =>
      message.content.urls.every(({ domain }) => domain !== message.fromDomain) &&
      message.content.urls.length > 0 &&
      has(credentials, message),
  },
];

function staysAtHome({ content, fromDomain }: RuleInput): boolean {
  return content.urls.length > 0 && content.urls.every(({ domain }) => domain === fromDomain);
}

function countUpTo(needs: number, phrases: readonly RegExp[], words: string): number {
  let found = 0;
  for (const [index, phrase] of phrases.entries()) {
    if (phrase.test(words)) found++;
    // Decided, or out of reach.
    if (found >= needs || found + phrases.length - index - 1 < needs) break;
  }
  return found;
}
