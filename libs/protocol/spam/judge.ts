import { type TrainedCounts, classify, nothingTrained } from './classifier.js';
import { type PriorModel, logistic, readPrior } from './prior-model.js';
import { shippedPrior } from './shipped-prior.js';
import { type MessageContent, readContent } from './read-content.js';
import { attachmentRules } from './rules/attachment.rules.js';
import { bodyRules } from './rules/body.rules.js';
import { headerRules } from './rules/header.rules.js';
import { linkRules } from './rules/link.rules.js';
import { phraseRules } from './rules/phrase.rules.js';
import { receptionRules } from './rules/reception.rules.js';
import { type Rule, hitsOf, risksOf, ruleInput } from './rules/rule.js';
import {
  type RuleHit,
  type SpamJudgement,
  type SpamLimits,
  type SpamSignals,
  type SpamThresholds,
  type TellingToken,
  defaultSpamLimits,
  defaultThresholds,
} from './spam.types.js';
import { type Token, tokenize } from './tokenize.js';

export const spamRules: readonly Rule[] = [
  ...headerRules,
  ...bodyRules,
  ...linkRules,
  ...attachmentRules,
  ...phraseRules,
  ...receptionRules,
];

/** A message that was read once, to be judged with counts that its tokens are needed to find. */
export interface ExaminedMessage {
  readonly content: MessageContent;
  readonly tokens: readonly Token[];
}

/** Reads any bytes within the limits; never throws. */
export function examine(raw: Buffer, limits: SpamLimits = defaultSpamLimits): ExaminedMessage {
  const content = readContent(raw, limits);
  return { content, tokens: tokenize(content, limits.maxTokens) };
}

export interface JudgeOptions {
  readonly signals?: SpamSignals;
  readonly trained?: TrainedCounts;
  readonly prior?: PriorModel;
  readonly thresholds?: SpamThresholds;
  /** What others found: external scanners. */
  readonly hits?: readonly RuleHit[];
}

/** Points of the classifier where it is certain. By itself the shipped model brings mail to Junk only near certainty. */
const PRIOR_MAX = 5.5;
const PRIOR_MIN = -3;
const TRAINED_POINTS = 7;
const MAX_TELLING = 15;

export function judge({ content, tokens }: ExaminedMessage, options: JudgeOptions = {}): SpamJudgement {
  const { signals = {}, trained = nothingTrained, prior = shippedPrior, thresholds = defaultThresholds, hits = [] } = options;
  const input = ruleInput(content, signals);
  const classified = classifierHits(tokens, trained, prior);
  const reasons = [...hitsOf(spamRules, input), ...classified.hits, ...hits].sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  const score = Math.round(reasons.reduce((sum, { points }) => sum + points, 0) * 10) / 10;
  return {
    verdict: score >= thresholds.reject ? 'reject' : score >= thresholds.junk ? 'junk' : 'ham',
    score,
    probability: classified.probability,
    reasons,
    tokens: classified.telling,
    risks: risksOf(spamRules, input),
  };
}

interface Classified {
  readonly hits: readonly RuleHit[];
  readonly probability: number;
  readonly telling: readonly TellingToken[];
}

/** The shipped model speaks where nothing was learnt yet; what was learnt takes its place, the more of it there is. */
function classifierHits(tokens: readonly Token[], trained: TrainedCounts, prior: PriorModel): Classified {
  const shipped = readPrior(tokens, prior);
  const own = classify(tokens, trained);
  const priorPoints = pointsOfPrior(shipped.logOdds) * (1 - 0.4 * own.confidence);
  const ownPoints = pointsOfTrained(own.probability) * own.confidence;
  const telling = [...own.tokens, ...shipped.tokens].sort((a, b) => Math.abs(b.probability - 0.5) - Math.abs(a.probability - 0.5));
  const probability = (1 - own.confidence) * logistic(shipped.logOdds) + own.confidence * own.probability;
  const hits: RuleHit[] = [];
  if (Math.abs(priorPoints) >= 0.1)
    hits.push({
      rule: 'words-in-general',
      points: round(priorPoints),
      sentence: wordsSentence('Its words are such as', priorPoints, shipped.tokens),
    });
  if (Math.abs(ownPoints) >= 0.1)
    hits.push({
      rule: 'words-as-trained',
      points: round(ownPoints),
      sentence: wordsSentence('It resembles the mail that you marked as', ownPoints, own.tokens),
    });
  return { hits, probability: Math.round(probability * 10_000) / 10_000, telling: telling.slice(0, MAX_TELLING) };
}

function wordsSentence(beginning: string, points: number, tokens: readonly TellingToken[]): string {
  const side = tokens.filter(({ probability }) => probability > 0.5 === points > 0).slice(0, 5);
  const examples = side.map(({ token }) => `“${token.replace(/^s:/, '')}”`).join(', ');
  const kind = points > 0 ? 'spam' : 'wanted';
  return `${beginning} ${beginning.endsWith('as') && beginning.startsWith('Its') ? `${kind} mail uses` : kind}${examples === '' ? '' : `: ${examples}`}.`;
}

/** Fitted on the half of the corpus that the model had not learnt from, so that wanted mail stays out of Junk. */
function pointsOfPrior(logOdds: number): number {
  return Math.max(PRIOR_MIN, Math.min(PRIOR_MAX, logOdds > 0 ? logOdds * 2.5 : logOdds));
}

/** The middle, where Fisher's two tails contradict each other or know nothing, is worth nothing. */
function pointsOfTrained(probability: number): number {
  const side = 2 * probability - 1;
  return Math.sign(side) * Math.min(TRAINED_POINTS, 8 * Math.abs(side) ** 0.7);
}

function round(points: number): number {
  return Math.round(points * 10) / 10;
}
