/** `BODY[<part>.<text>]`: which bytes of a message. */
export interface BodySection {
  /** Part numbers from 1; empty for the message itself. */
  readonly part: readonly number[];
  /** Absent for the part's content. HEADER… and TEXT of a part need a message/rfc822 there; MIME needs a part number. */
  readonly text?: 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME';
  /** With HEADER.FIELDS and HEADER.FIELDS.NOT: the names as the client wrote them (they are repeated in the answer). */
  readonly fields?: readonly string[];
}

/** `<offset.length>`. */
export interface Partial {
  readonly offset: number;
  readonly length: number;
}

/** One thing to fetch; macros (ALL, FAST, FULL) are expanded (RFC 9051 §6.4.5). */
export type FetchItem =
  | {
      readonly item: 'FLAGS' | 'UID' | 'INTERNALDATE' | 'RFC822.SIZE' | 'ENVELOPE' | 'MODSEQ' | 'EMAILID' | 'THREADID' | 'SAVEDATE';
    }
  /** `BODY` without extension data is `isExtended: false`. */
  | { readonly item: 'BODYSTRUCTURE'; readonly isExtended: boolean }
  /** BODY[…], BODY.PEEK[…]; RFC822, RFC822.HEADER and RFC822.TEXT with `legacy` naming how the answer is labelled. */
  | {
      readonly item: 'BODY';
      readonly section: BodySection;
      readonly isPeek: boolean;
      readonly partial?: Partial;
      readonly legacy?: 'RFC822' | 'RFC822.HEADER' | 'RFC822.TEXT';
    }
  /** BINARY[…], BINARY.PEEK[…] (RFC 3516, RFC 9051): transfer encoding undone. */
  | { readonly item: 'BINARY'; readonly part: readonly number[]; readonly isPeek: boolean; readonly partial?: Partial }
  | { readonly item: 'BINARY.SIZE'; readonly part: readonly number[] }
  /** RFC 8970. */
  | { readonly item: 'PREVIEW'; readonly isLazy: boolean };
