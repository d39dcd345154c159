export type {
  CommandBody,
  CommandName,
  CommandOf,
  Flag,
  ImapCommand,
  ListReturn,
  ListSelection,
  MailboxName,
  NotifyEvent,
  NotifyGroup,
  NotifyMailboxes,
  QResync,
  RightsChange,
  StatusItem,
} from './command.types.js';
export type { BodySection, FetchItem, Partial } from './fetch.types.js';
export type { AppendMessage, ReaderEvent, ReaderLimits } from './reader.types.js';
export type { SearchDate, SearchKey, SearchReturn, SortCriterion, SortField, ThreadAlgorithm } from './search.types.js';
export { type MessageSet, type ModSeq, STAR, type SequenceRange, type SequenceSet } from './sequence-set.types.js';
export {
  type QuotaUse,
  aclResponse,
  listRightsResponse,
  metadataChangedResponse,
  metadataResponse,
  myRightsResponse,
  quotaResponse,
  quotaRootResponse,
} from './account-responses.js';
export { ByteQueue } from './byte-queue.js';
export { type CapabilityContext, capabilities, knownCapabilities } from './capabilities.js';
export { CommandReader } from './command-reader.js';
export { formatDateTime, parseDateTime, parseSearchDate } from './dates.js';
export { FetchResponse } from './fetch-response.js';
export { SYSTEM_FLAGS } from './flags.js';
export { LITERAL_MINUS_BYTES, preLoginLimits, sessionLimits } from './limits.js';
export { DELIMITER, readMailboxName, writeMailboxName } from './mailbox-name.js';
export { couldMatchBelow, matchesPattern } from './mailbox-pattern.js';
export { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.js';
export { decodeBase64 } from './parse-account.js';
export { ResponseBuilder, type ResponseSettings, withoutNul } from './response-builder.js';
export { type ResponseCode, formatCode } from './response-code.js';
export {
  type EsearchResult,
  type ListedMailbox,
  type NamespaceEntry,
  type ResponseStatus,
  type StatusValues,
  capability,
  continuation,
  enabled,
  esearchResponse,
  exists,
  expunge,
  flags,
  idResponse,
  listLine,
  namespaceResponse,
  numbersResponse,
  recent,
  statusLine,
  statusResponse,
  vanished,
} from './responses.js';
export { findUids, formatSet, lowerBound, mergeRanges, parseSequenceSet, rangesHave, resolveSet, toRanges } from './sequence-set.js';
export { type ThreadNode, threadResponse } from './thread-response.js';
