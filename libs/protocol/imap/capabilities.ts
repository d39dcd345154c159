/** What decides the list. Every name in it works whole, so switches take away what an account must not see. */
export interface CapabilityContext {
  readonly isAuthenticated: boolean;
  readonly isTls: boolean;
  /** STARTTLS can be had here. */
  readonly hasTls: boolean;
  /** Passwords may travel over this connection: TLS, or loopback where the operator said so. */
  readonly mayLogIn: boolean;
  /** SASL mechanisms on offer, strongest first. */
  readonly mechanisms: readonly string[];
  /** The largest message in bytes (RFC 7889). */
  readonly appendLimit?: number;
  /** Names an operator switched off for the account, any case. */
  readonly disabled?: readonly string[];
}

const always = ['IMAP4rev1', 'LITERAL+', 'SASL-IR', 'ID', 'ENABLE'];
const authenticated = [
  'IMAP4rev2',
  'IDLE',
  'NAMESPACE',
  'CHILDREN',
  'UNSELECT',
  'UIDPLUS',
  'MOVE',
  'CONDSTORE',
  'QRESYNC',
  'ESEARCH',
  'SEARCHRES',
  'WITHIN',
  'SORT',
  'SORT=DISPLAY',
  'ESORT',
  'THREAD=ORDEREDSUBJECT',
  'THREAD=REFERENCES',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'QUOTA=RES-MESSAGE',
  'MULTIAPPEND',
  'BINARY',
  'UTF8=ACCEPT',
  'OBJECTID',
  'SAVEDATE',
  'PREVIEW',
  'METADATA',
  'NOTIFY',
  'ACL',
  'RIGHTS=texk',
];

/** Every extension the codec can speak. The server passes what it does not do yet as `disabled`. */
export const knownCapabilities: readonly string[] = [...always, ...authenticated];

/** CAPABILITY's list, in an order that does not change (RFC 9051 §6.1.1, §7.2.2). */
export function capabilities(context: CapabilityContext): string[] {
  const off = new Set((context.disabled ?? []).map((name) => name.toUpperCase()));
  const before = context.isAuthenticated
    ? []
    : [
        ...(context.hasTls && !context.isTls ? ['STARTTLS'] : []),
        ...(context.mayLogIn ? context.mechanisms.map((mechanism) => `AUTH=${mechanism}`) : ['LOGINDISABLED']),
      ];
  const limit = context.appendLimit === undefined ? [] : [`APPENDLIMIT=${context.appendLimit}`];
  const after = context.isAuthenticated ? [...authenticated, ...limit] : [];
  return [...always, ...before, ...after].filter((name) => !off.has(name.toUpperCase()) && !off.has(name.split('=')[0]!.toUpperCase()));
}
