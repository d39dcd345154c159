export { type ReplyCodes, type ReplyFacts, type ReplyVerdict, classifyReply, extractCodes } from './classify-reply.js';
export type {
  Attachment,
  AutoReplyCause,
  BounceExplanation,
  EnvelopeHints,
  InboundKind,
  InboundReading,
  MessageHeaders,
  OriginalMessage,
} from './dsn.types.js';
export { explainBounceClass, explainDelay } from './explanations.js';
export { explainBounce, readReport } from './read-report.js';
export {
  type DsnEnvelopeParameters,
  DsnParameterError,
  type DsnRecipientParameters,
  type NotifyKeyword,
  quoteXtext,
  readEnvelopeParameters,
  readRecipientParameters,
  unquoteXtext,
  wantsReport,
} from './dsn-parameters.js';
export { type ReportAction, type ReportInput, type ReportedRecipient, type WrittenReport, writeReport } from './write-report.js';
export { decodeBody, decodeBytes, decodeWords } from './decode-text.js';
export { type HeaderList, type MimeLimits, type MimePart, defaultMimeLimits, readHeaders, readMime, walkParts } from './read-mime.js';
export { findAddress, findAddresses } from './addresses.js';
