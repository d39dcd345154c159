import type { FetchItem } from './fetch.types.js';
import type { SearchKey, SearchReturn, SortCriterion, ThreadAlgorithm } from './search.types.js';
import type { MessageSet, ModSeq, SequenceSet } from './sequence-set.types.js';

/** A mailbox name as people read it: modified UTF-7 undone, any spelling of INBOX as `INBOX` (as first level as well). */
export type MailboxName = string;

/** `\Seen` and its like in their usual spelling, keywords as the client wrote them. */
export type Flag = string;

export type StatusItem =
  | 'MESSAGES'
  | 'RECENT'
  | 'UIDNEXT'
  | 'UIDVALIDITY'
  | 'UNSEEN'
  | 'DELETED'
  | 'SIZE'
  | 'HIGHESTMODSEQ'
  | 'APPENDLIMIT'
  | 'MAILBOXID'
  | 'DELETED-STORAGE';

/** SELECT … (QRESYNC (…)): what the client knows of the mailbox (RFC 7162 §3.2.5). */
export interface QResync {
  readonly uidValidity: number;
  readonly modSeq: ModSeq;
  readonly knownUids?: SequenceSet;
  readonly sequenceMatch?: { readonly sequences: SequenceSet; readonly uids: SequenceSet };
}

/** What LIST selects, returns and matches (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154). */
export interface ListSelection {
  readonly subscribed: boolean;
  readonly remote: boolean;
  readonly recursiveMatch: boolean;
  readonly specialUse: boolean;
}
export interface ListReturn {
  readonly subscribed: boolean;
  readonly children: boolean;
  readonly specialUse: boolean;
  /** RFC 8440. */
  readonly myRights: boolean;
  readonly status?: readonly StatusItem[];
  /** RFC 9590. */
  readonly metadata?: readonly string[];
}

export type NotifyMailboxes =
  | { readonly kind: 'selected' | 'selected-delayed' | 'inboxes' | 'personal' | 'subscribed' }
  | { readonly kind: 'subtree' | 'mailboxes'; readonly names: readonly MailboxName[] };

export type NotifyEvent =
  | { readonly event: 'MessageNew'; readonly items: readonly FetchItem[] }
  | {
      readonly event:
        | 'MessageExpunge'
        | 'FlagChange'
        | 'AnnotationChange'
        | 'MailboxName'
        | 'SubscriptionChange'
        | 'MailboxMetadataChange'
        | 'ServerMetadataChange';
    };

/** RFC 5465 §3. No events: NONE for these mailboxes. */
export interface NotifyGroup {
  readonly mailboxes: NotifyMailboxes;
  readonly events: readonly NotifyEvent[];
}

/** SETACL's third argument (RFC 4314 §3.1). */
export interface RightsChange {
  readonly mode: 'replace' | 'add' | 'remove';
  readonly rights: string;
}

/** Everything after the tag; APPEND is not among them, since its messages are streamed (`ReaderEvent`). */
export type CommandBody =
  | {
      readonly name:
        | 'CAPABILITY'
        | 'NOOP'
        | 'LOGOUT'
        | 'STARTTLS'
        | 'CHECK'
        | 'CLOSE'
        | 'UNSELECT'
        | 'NAMESPACE'
        /** Call `expectLine()` before the next event: DONE may be in the same packet. */
        | 'IDLE'
        | 'UNAUTHENTICATE';
    }
  /** `initialResponse` decoded from base64; `=` is an empty one (RFC 4959). Call `expectLine()` for each answer of the client. */
  | { readonly name: 'AUTHENTICATE'; readonly mechanism: string; readonly initialResponse?: Buffer }
  | { readonly name: 'LOGIN'; readonly username: string; readonly password: string }
  /** In upper case, as they came. */
  | { readonly name: 'ENABLE'; readonly capabilities: readonly string[] }
  | { readonly name: 'ID'; readonly fields: Readonly<Record<string, string | null>> | null }
  | { readonly name: 'COMPRESS'; readonly mechanism: string }
  | { readonly name: 'SELECT' | 'EXAMINE'; readonly mailbox: MailboxName; readonly isCondstore: boolean; readonly qresync?: QResync }
  /** `specialUse`: attributes such as `\Archive` (RFC 6154 §3). */
  | { readonly name: 'CREATE'; readonly mailbox: MailboxName; readonly specialUse: readonly string[] }
  | { readonly name: 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE'; readonly mailbox: MailboxName }
  | { readonly name: 'RENAME'; readonly from: MailboxName; readonly to: MailboxName }
  | {
      readonly name: 'LIST';
      readonly reference: string;
      readonly patterns: readonly string[];
      /** The client used the extended form, so plain LIST habits (`""` asks for the delimiter) do not apply to several patterns. */
      readonly isExtended: boolean;
      readonly select: ListSelection;
      readonly returns: ListReturn;
    }
  | { readonly name: 'LSUB' | 'XLIST'; readonly reference: string; readonly pattern: string }
  | { readonly name: 'STATUS'; readonly mailbox: MailboxName; readonly items: readonly StatusItem[] }
  /** With `uids`: UID EXPUNGE. */
  | { readonly name: 'EXPUNGE'; readonly uids?: MessageSet }
  /** `set` holds UIDs where `isUid`. */
  | {
      readonly name: 'FETCH';
      readonly isUid: boolean;
      readonly set: MessageSet;
      readonly items: readonly FetchItem[];
      readonly changedSince?: ModSeq;
      readonly vanished: boolean;
    }
  | {
      readonly name: 'STORE';
      readonly isUid: boolean;
      readonly set: MessageSet;
      readonly mode: 'replace' | 'add' | 'remove';
      readonly isSilent: boolean;
      readonly flags: readonly Flag[];
      readonly unchangedSince?: ModSeq;
    }
  | { readonly name: 'COPY' | 'MOVE'; readonly isUid: boolean; readonly set: MessageSet; readonly mailbox: MailboxName }
  /** `charset` in upper case where the client named one; the texts in `key` are decoded. Without `returns` the answer is `* SEARCH`, unless IMAP4rev2 is enabled. */
  | {
      readonly name: 'SEARCH';
      readonly isUid: boolean;
      readonly charset?: string;
      readonly key: SearchKey;
      readonly returns?: SearchReturn;
    }
  | {
      readonly name: 'SORT';
      readonly isUid: boolean;
      readonly charset: string;
      readonly criteria: readonly SortCriterion[];
      readonly key: SearchKey;
      readonly returns?: SearchReturn;
    }
  | {
      readonly name: 'THREAD';
      readonly isUid: boolean;
      readonly charset: string;
      readonly algorithm: ThreadAlgorithm;
      readonly key: SearchKey;
    }
  | { readonly name: 'GETQUOTA'; readonly root: string }
  | { readonly name: 'GETQUOTAROOT' | 'GETACL' | 'MYRIGHTS'; readonly mailbox: MailboxName }
  | { readonly name: 'SETQUOTA'; readonly root: string; readonly limits: readonly { readonly resource: string; readonly limit: number }[] }
  | { readonly name: 'SETACL'; readonly mailbox: MailboxName; readonly identifier: string; readonly change: RightsChange }
  | { readonly name: 'DELETEACL' | 'LISTRIGHTS'; readonly mailbox: MailboxName; readonly identifier: string }
  /** An empty mailbox name is the server (RFC 5464). */
  | {
      readonly name: 'GETMETADATA';
      readonly mailbox: MailboxName;
      readonly entries: readonly string[];
      readonly maxSize?: number;
      readonly depth: '0' | '1' | 'infinity';
    }
  | {
      readonly name: 'SETMETADATA';
      readonly mailbox: MailboxName;
      readonly entries: readonly { readonly name: string; readonly value: Buffer | null }[];
    }
  /** `groups` undefined: NOTIFY NONE. */
  | { readonly name: 'NOTIFY'; readonly isStatusWanted: boolean; readonly groups?: readonly NotifyGroup[] };

export type ImapCommand = CommandBody & { readonly tag: string };
export type CommandName = CommandBody['name'] | 'APPEND';

type Narrowed<B, N> = B extends { readonly name: infer M } ? (N extends M ? B & { readonly name: N } : never) : never;

/** Narrows by the verb: `CommandOf<'FETCH'>`. */
export type CommandOf<N extends CommandBody['name']> = Narrowed<ImapCommand, N>;
