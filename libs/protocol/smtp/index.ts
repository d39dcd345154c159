export { type AuthAction, AuthMachine, type AuthSituation } from './auth-machine.js';
export { type DialogueEntry, formatDialogue } from './dialogue.js';
export { type SmtpCapabilities, noCapabilities, parseCapabilities } from './capabilities.js';
export { dataChunks } from './dot-stuffing.js';
export { ReplyParser, type ReplyLimits, ReplySyntaxError, type SmtpReply, defaultReplyLimits } from './reply.js';
export { type AuthMechanism, type SmtpCredentials, authMechanisms, usualMechanisms } from './sasl.js';
export {
  SmtpProtocolError,
  type SmtpStage,
  type SmtpTransaction,
  type TransactionAction,
  TransactionMachine,
  type TransactionResult,
} from './transaction.js';
