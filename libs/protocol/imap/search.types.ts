import type { MessageSet, ModSeq } from './sequence-set.types.js';

/** A calendar day without a zone, `YYYY-MM-DD`. */
export type SearchDate = string;

/** RFC 9051 §6.4.4, RFC 5032 (OLDER, YOUNGER), RFC 7162 (MODSEQ), RFC 8514 (SAVEDATE), RFC 8474 (EMAILID, THREADID). Several keys are an `and`. */
export type SearchKey =
  | { readonly key: 'all' }
  | { readonly key: 'and'; readonly keys: readonly SearchKey[] }
  | { readonly key: 'or'; readonly left: SearchKey; readonly right: SearchKey }
  | { readonly key: 'not'; readonly inner: SearchKey }
  /** A bare set is of sequence numbers, in UID SEARCH too. */
  | { readonly key: 'sequence'; readonly set: MessageSet }
  | { readonly key: 'uid'; readonly set: MessageSet }
  /** ANSWERED … UNSEEN, KEYWORD, UNKEYWORD. `flag` as stored: `\Seen` or a keyword. */
  | { readonly key: 'flag'; readonly flag: string; readonly isSet: boolean }
  /** RECENT, OLD (`isSet: false`); NEW is an `and` with unseen. IMAP4rev1 only. */
  | { readonly key: 'recent'; readonly isSet: boolean }
  /** BCC, CC, FROM, SUBJECT, TO and HEADER. An empty `value` asks for any such header. `name` in lower case. */
  | { readonly key: 'header'; readonly name: string; readonly value: string }
  /** `text` looks at header and body. */
  | { readonly key: 'body' | 'text'; readonly value: string }
  /** The received date (`internal`), the Date header (`sent`), or when it came into this mailbox (`saved`); the day alone counts. */
  | {
      readonly key: 'date';
      readonly of: 'internal' | 'sent' | 'saved';
      readonly relation: 'before' | 'on' | 'since';
      readonly date: SearchDate;
    }
  | { readonly key: 'save-date-supported' }
  | { readonly key: 'size'; readonly relation: 'larger' | 'smaller'; readonly bytes: number }
  | { readonly key: 'age'; readonly relation: 'older' | 'younger'; readonly seconds: number }
  /** MODSEQ at least that. */
  | { readonly key: 'modseq'; readonly from: ModSeq }
  | { readonly key: 'email-id' | 'thread-id'; readonly id: string };

/** RETURN options (RFC 9051 §6.4.4, RFC 5182, RFC 5267 CONTEXT is not offered). `RETURN ()` is ALL. */
export interface SearchReturn {
  readonly min: boolean;
  readonly max: boolean;
  readonly all: boolean;
  readonly count: boolean;
  readonly save: boolean;
}

export type SortField = 'arrival' | 'cc' | 'date' | 'from' | 'size' | 'subject' | 'to' | 'displayfrom' | 'displayto';

/** RFC 5256 §3, RFC 5957. */
export interface SortCriterion {
  readonly field: SortField;
  readonly isReverse: boolean;
}

export type ThreadAlgorithm = 'ORDEREDSUBJECT' | 'REFERENCES';
