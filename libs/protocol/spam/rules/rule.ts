import { findAddress } from '#protocol/dsn';
import { normaliseText } from '../normalise-text.js';
import type { MessageContent } from '../read-content.js';
import type { RuleHit, SpamSignals } from '../spam.types.js';
import { domainOfAddress } from '../urls.js';

export interface Rule {
  /** Kebab-case, unique. */
  readonly rule: string;
  readonly points: number;
  readonly sentence: string;
  /** What is opened at the reader's risk, in two or three words: the message is held back, whatever its score. */
  readonly risk?: string;
  test(message: RuleInput): boolean;
}

export interface RuleInput {
  readonly content: MessageContent;
  readonly signals: SpamSignals;
  readonly fromAddress: string;
  readonly fromDomain: string;
  /** The name beside the address. */
  readonly fromName: string;
  /** Subject and the beginnings of the visible texts, normalised: whoever wants something says so early. */
  readonly words: string;
}

const MAX_WORDS_OF_PART = 8_000;
const MAX_TEXTS = 4;

export function ruleInput(content: MessageContent, signals: SpamSignals): RuleInput {
  const from = content.headers.text('from').slice(0, 2_000);
  const fromAddress = (/<([^<>]{3,320})>\s*$/.exec(from)?.[1] ?? findAddress(from) ?? '').toLowerCase();
  const fromName = from
    .replace(/<[^<>]*>\s*$/, '')
    .replace(/^\s*"|"\s*$/g, '')
    .trim();
  return {
    content,
    signals,
    fromAddress,
    fromDomain: fromAddress.includes('@') ? domainOfAddress(fromAddress) : '',
    fromName: fromName === fromAddress ? '' : fromName,
    words: normaliseText(
      [content.subject, ...content.texts.slice(0, MAX_TEXTS).map((text) => text.slice(0, MAX_WORDS_OF_PART))].join('\n'),
    ),
  };
}

export function hitsOf(rules: readonly Rule[], input: RuleInput): RuleHit[] {
  return rules.filter((rule) => rule.test(input)).map(({ rule, points, sentence }) => ({ rule, points, sentence }));
}

export function risksOf(rules: readonly Rule[], input: RuleInput): string[] {
  const risks = rules.filter((rule) => rule.risk !== undefined && rule.test(input)).map(({ risk }) => risk!);
  return [...new Set(risks)];
}
