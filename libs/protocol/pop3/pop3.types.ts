/** RFC 1939, 2449 (CAPA), 2595 (STLS), 5034 (AUTH), 6856 (UTF8, LANG). Message numbers as the client wrote them: the machine checks them. */
export type Pop3Command =
  | { readonly verb: 'CAPA' | 'STLS' | 'STAT' | 'NOOP' | 'RSET' | 'QUIT' | 'UTF8' }
  | { readonly verb: 'USER'; readonly name: string }
  | { readonly verb: 'PASS'; readonly password: string }
  /** Without a mechanism the client asks which there are. `initialResponse` is decoded; `=` is an empty one. */
  | { readonly verb: 'AUTH'; readonly mechanism?: string; readonly initialResponse?: Buffer }
  | { readonly verb: 'LIST' | 'UIDL'; readonly message?: number }
  | { readonly verb: 'RETR' | 'DELE'; readonly message: number }
  | { readonly verb: 'TOP'; readonly message: number; readonly lines: number }
  | { readonly verb: 'LANG'; readonly tag?: string };

export type Pop3Event =
  | { readonly kind: 'command'; readonly command: Pop3Command }
  /** After `expectLine()`: an answer of AUTH, without its end. */
  | { readonly kind: 'line'; readonly line: Buffer }
  /** No command: answer `-ERR text`; after `isFatal` close as well. */
  | { readonly kind: 'bad'; readonly text: string; readonly isFatal: boolean };

/** RFC 2449 §8, RFC 3206. */
export type Pop3Code = 'IN-USE' | 'LOGIN-DELAY' | 'AUTH' | 'SYS/TEMP' | 'SYS/PERM' | 'UTF8';

/** One message of the maildrop as it was when it was locked. */
export interface MaildropMessage {
  readonly sizeBytes: number;
  /** Never used again for another message; 1 to 70 characters of 0x21–0x7e (RFC 1939 §7 UIDL). */
  readonly uidl: string;
  /** Its header holds raw UTF-8, which clients without UTF8 must not get (RFC 6856 §2.1). */
  readonly isUtf8?: boolean;
}

/** What the driver does, in this order. It answers `log-in` with `loggedIn` or `refused`, and the others by calling what their comment names. */
export type Pop3Action =
  | { readonly kind: 'write'; readonly bytes: Buffer }
  | { readonly kind: 'log-in'; readonly username: string; readonly password: string }
  /** Run the SASL mechanism: challenges by `challenge`, answers by the reader's `expectLine`. */
  | { readonly kind: 'authenticate'; readonly mechanism: string; readonly initialResponse?: Buffer }
  /** After what was written is out: drop what is buffered, shake hands, call `tlsStarted`. */
  | { readonly kind: 'start-tls' }
  /** Send message `index` (from 0) through a `DotStuffer`; with `lines` its header and that many lines of its body. */
  | { readonly kind: 'send-message'; readonly index: number; readonly lines?: number }
  /** QUIT after log-in: delete these, then call `committed`. */
  | { readonly kind: 'commit'; readonly indexes: readonly number[] }
  | { readonly kind: 'close' };
