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
