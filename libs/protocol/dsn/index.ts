export { type ReplyCodes, type ReplyFacts, type ReplyVerdict, classifyReply, extractCodes } from './classify-reply.js';
export type { BounceExplanation, EnvelopeHints, InboundKind, InboundReading, MessageHeaders, OriginalMessage } from './dsn.types.js';
export { explainBounce, readReport } from './read-report.js';
