/** What the client of a submission asks to be told (RFC 3461 §4). */
export interface DsnEnvelopeParameters {
  readonly returns?: 'full' | 'headers';
  /** Decoded. */
  readonly envelopeId?: string;
}

export type NotifyKeyword = 'never' | 'success' | 'failure' | 'delay';

export interface DsnRecipientParameters {
  readonly notify?: readonly NotifyKeyword[];
  /** `rfc822;` and xtext, as it came. */
  readonly originalRecipient?: string;
}

/** A parameter does not say what RFC 3461 lets it say: 501 5.5.4. */
export class DsnParameterError extends Error {
  override readonly name = 'DsnParameterError';
}

const XTEXT = /^(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-F]{2})*$/;
// RFC 6533 §3: what EAI adds to xtext.
const UNITEXT = /^(?:[\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e]|\+[0-9A-F]{2}|\\x\{[0-9A-F]{2,6}\}|[\u0080-\u{10ffff}])*$/u;

/** RFC 3461 §4: bytes outside printable ASCII, `+` and `=` as `+XX`. */
export function quoteXtext(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) =>
      byte < 33 || byte > 126 || byte === 43 || byte === 61
        ? `+${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');
}

/** @throws DsnParameterError */
export function unquoteXtext(xtext: string): string {
  if (!XTEXT.test(xtext)) throw new DsnParameterError('this is not xtext');
  return Buffer.from(
    xtext.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
}

/** `RET` and `ENVID` of MAIL FROM. @throws DsnParameterError */
export function readEnvelopeParameters(given: { readonly ret?: string; readonly envid?: string }): DsnEnvelopeParameters {
  const { ret, envid } = given;
  if (ret !== undefined && !/^(?:full|hdrs)$/i.test(ret)) throw new DsnParameterError('RET is FULL or HDRS');
  if (envid !== undefined && envid.length > 100) throw new DsnParameterError('ENVID is longer than 100 characters');
  return {
    ...(ret !== undefined && { returns: ret.toUpperCase() === 'FULL' ? ('full' as const) : ('headers' as const) }),
    ...(envid !== undefined && { envelopeId: unquoteXtext(envid) }),
  };
}

/** `NOTIFY` and `ORCPT` of RCPT TO. @throws DsnParameterError */
export function readRecipientParameters(given: { readonly notify?: string; readonly orcpt?: string }): DsnRecipientParameters {
  const { notify, orcpt } = given;
  const keywords = notify?.toLowerCase().split(',') as NotifyKeyword[] | undefined;
  if (keywords?.some((keyword) => !['never', 'success', 'failure', 'delay'].includes(keyword)))
    throw new DsnParameterError('NOTIFY is NEVER, or SUCCESS, FAILURE and DELAY');
  if (keywords?.includes('never') && keywords.length > 1) throw new DsnParameterError('NOTIFY=NEVER stands alone');
  if (orcpt !== undefined && (orcpt.length > 500 || !/^[a-z0-9-]+;/i.test(orcpt) || !UNITEXT.test(orcpt.slice(orcpt.indexOf(';') + 1))))
    throw new DsnParameterError('ORCPT is a type, a semicolon and xtext');
  return { ...(keywords && { notify: keywords }), ...(orcpt !== undefined && { originalRecipient: orcpt }) };
}

/** Whether a recipient's sender wants to hear of it. Where nothing was asked for, of failures and delays (RFC 3461 §4.1). */
export function wantsReport(notify: readonly string[] | undefined, about: 'failure' | 'delay' | 'success'): boolean {
  const keywords = notify?.map((keyword) => keyword.toLowerCase());
  return keywords === undefined || keywords.length === 0 ? about !== 'success' : keywords.includes(about);
}
