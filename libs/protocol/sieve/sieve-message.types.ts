/** What a script can ask about a message. Texts are Unicode, decoded; names of fields in lower case. */
export interface SieveMessage {
  readonly sizeBytes: number;
  /** Values of all fields of that name in their order, unfolded and decoded (RFC 2047); empty where there is none. */
  header(name: string): readonly string[];
  /** `from` and `to` of SMTP; `to` is the one recipient this delivery is for. A null return path is ''. */
  envelope(part: 'from' | 'to'): string | undefined;
  /** The whole body as it stands. */
  rawBody(): string;
  /** Decoded contents of the parts whose type matches one of them: `text`, `text/html`, or '' for all (RFC 5173 §5.2). */
  bodyParts(types: readonly string[]): readonly string[];
  /** The text a person reads (`:text`). */
  bodyText(): string;
}

export interface SieveEnvironment {
  readonly now: Date;
  /** Of the mailbox's owner, for `date` and `currentdate` without :zone. */
  readonly zoneMinutes: number;
  mailboxExists(name: string): boolean;
  /** Whether a mailbox (that one, if named) has the special use. */
  hasSpecialUse(use: string, mailbox: string | undefined): boolean;
  /** Whether that id was seen within so many seconds. What is to be remembered comes back as an action, so a run that fails remembers nothing. */
  isDuplicate(handle: string, id: string, seconds: number): boolean;
}

/** What to do with a message, in the order of the script. */
export type SieveAction =
  | { readonly action: 'keep'; readonly flags: readonly string[] }
  /** `isCreating`: make the mailbox where it is missing; else deliver to INBOX then. */
  | {
      readonly action: 'fileinto';
      readonly mailbox: string;
      readonly flags: readonly string[];
      readonly isCreating: boolean;
      readonly specialUse?: string;
    }
  | { readonly action: 'redirect'; readonly address: string }
  /** Refuse within SMTP where that is still possible; where it is not, drop it silently if nothing vouches for the sender (RFC 5429 §2.1). */
  | { readonly action: 'reject'; readonly reason: string; readonly isEreject: boolean }
  /** The caller knows whom it answered within `seconds` under `handle`, and which mail is never answered (RFC 5230 §4.6). */
  | {
      readonly action: 'vacation';
      readonly reason: string;
      readonly subject?: string;
      readonly from?: string;
      readonly addresses: readonly string[];
      readonly seconds: number;
      readonly handle: string;
      readonly isMime: boolean;
    }
  | { readonly action: 'remember'; readonly handle: string; readonly id: string; readonly seconds: number };

/** `actions` without any keep, fileinto, redirect or reject: the message is discarded. */
export interface SieveOutcome {
  readonly actions: readonly SieveAction[];
  /** Why the script could not be run to its end; the message is then kept and nothing else happens (RFC 5228 §2.10.6). */
  readonly error?: string;
}
