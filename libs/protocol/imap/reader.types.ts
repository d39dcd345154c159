import type { Flag, ImapCommand, MailboxName } from './command.types.js';

/** One message of an APPEND before its bytes (RFC 9051 §6.3.12, MULTIAPPEND RFC 3502). */
export interface AppendMessage {
  readonly flags: readonly Flag[];
  /** Undefined: now. */
  readonly internalDate?: Date;
  readonly sizeBytes: number;
  /** literal8: NUL may be in it (RFC 3516). */
  readonly isBinary: boolean;
  /** `UTF8 (~{…})` (RFC 6855 §4). */
  readonly isUtf8: boolean;
  /** The client waits for "+ " before it sends. */
  readonly isSynchronising: boolean;
}

/**
 * What `CommandReader.next()` says. An APPEND is: `append`, then per message `append-message` (which the session must answer
 * with `acceptLiteral()` or `refuseAppend()`), `append-data`…, `append-message-end`; at last `append-end`. A `bad` in between ends it as well:
 * whatever was stored of it has to go, since APPEND does all or nothing.
 */
export type ReaderEvent =
  | { readonly kind: 'command'; readonly command: ImapCommand }
  /** A synchronising literal is welcome: write `+ ` and a text. */
  | { readonly kind: 'continue' }
  /** After `expectLine()`: one line without its end (AUTHENTICATE's answers, DONE). */
  | { readonly kind: 'line'; readonly line: Buffer }
  | { readonly kind: 'append'; readonly tag: string; readonly mailbox: MailboxName }
  | { readonly kind: 'append-message'; readonly message: AppendMessage }
  /** Valid until the next call; a part of what was pushed, not a copy. */
  | { readonly kind: 'append-data'; readonly data: Buffer }
  | { readonly kind: 'append-message-end' }
  | { readonly kind: 'append-end'; readonly tag: string }
  /**
   * A command that is none, or beyond a limit: answer `<tag> <status> [<code>] <text>`, where an unreadable tag is `*`. After `isFatal`
   * say BYE and close: what follows cannot be told from a command.
   */
  | {
      readonly kind: 'bad';
      readonly tag: string;
      readonly status: 'BAD' | 'NO';
      readonly code?: string;
      readonly text: string;
      readonly isFatal: boolean;
    };

/** Bounds of what one connection may make the server hold. */
export interface ReaderLimits {
  /** A line without its literals. */
  readonly lineBytes: number;
  /** One literal that is no message of APPEND. */
  readonly literalBytes: number;
  /** A command's lines and literals together, APPEND's messages not counted. */
  readonly commandBytes: number;
  readonly literals: number;
  /** Parentheses in parentheses; SEARCH's NOT and OR count as well. */
  readonly depth: number;
  /** Atoms, strings and parentheses of a command. */
  readonly tokens: number;
  /** Ranges in one sequence set. */
  readonly setRanges: number;
  /** One message of APPEND. */
  readonly appendBytes: number;
  /** Messages in one MULTIAPPEND. */
  readonly appendMessages: number;
}
