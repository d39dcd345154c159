export { type SpamHamCount, type TrainedCounts, classify, nothingTrained } from './classifier.js';
export { type ExaminedMessage, type JudgeOptions, examine, judge, spamRules } from './judge.js';
export { normaliseText } from './normalise-text.js';
export { KNOWN_OFFSET, type PriorModel, decodePrior, encodePrior, logistic, priorKey, readPrior } from './prior-model.js';
export {
  type MethodResult,
  type RuleHit,
  type SpamJudgement,
  type SpamLimits,
  type SpamSignals,
  type SpamThresholds,
  type SpamVerdict,
  type TellingToken,
  defaultSpamLimits,
  defaultThresholds,
} from './spam.types.js';
export { type TokenHash, hashToken } from './token-hash.js';
export { type Token, type TokenKind, tokenize } from './tokenize.js';
