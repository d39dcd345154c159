/** RFC 5804 §2. Names are Unicode without control characters, 1 to 128 of them; a script's size is in bytes of UTF-8. */
export type ManageSieveCommand =
  | { readonly verb: 'STARTTLS' | 'LOGOUT' | 'CAPABILITY' | 'LISTSCRIPTS' | 'UNAUTHENTICATE' }
  /** Answers of the client come as `string` events, each after `expectString()`. */
  | { readonly verb: 'AUTHENTICATE'; readonly mechanism: string; readonly initialResponse?: Buffer }
  | { readonly verb: 'HAVESPACE'; readonly name: string; readonly sizeBytes: number }
  | { readonly verb: 'PUTSCRIPT'; readonly name: string; readonly script: string }
  | { readonly verb: 'CHECKSCRIPT'; readonly script: string }
  /** An empty name: no script is active any more. */
  | { readonly verb: 'SETACTIVE'; readonly name: string }
  | { readonly verb: 'GETSCRIPT' | 'DELETESCRIPT'; readonly name: string }
  | { readonly verb: 'RENAMESCRIPT'; readonly from: string; readonly to: string }
  | { readonly verb: 'NOOP'; readonly tag?: string };

export type ManageSieveEvent =
  | { readonly kind: 'command'; readonly command: ManageSieveCommand }
  /** An answer of AUTHENTICATE, still in base64; `*` cancels. */
  | { readonly kind: 'string'; readonly text: string }
  /** Answer `NO (code) "text"`, or BYE and close where it is fatal. */
  | { readonly kind: 'bad'; readonly text: string; readonly code?: 'QUOTA/MAXSIZE'; readonly isFatal: boolean };

export interface ManageSieveLimits {
  readonly lineBytes: number;
  /** A script or another literal. */
  readonly literalBytes: number;
}

/** RFC 5804 §1.3. */
export type ManageSieveCode =
  | 'AUTH-TOO-WEAK'
  | 'ENCRYPT-NEEDED'
  | 'QUOTA'
  | 'QUOTA/MAXSCRIPTS'
  | 'QUOTA/MAXSIZE'
  | 'SASL'
  | 'REFERRAL'
  | 'TRANSITION-NEEDED'
  | 'TRYLATER'
  | 'ACTIVE'
  | 'NONEXISTENT'
  | 'ALREADYEXISTS'
  | 'TAG'
  | 'WARNINGS';
