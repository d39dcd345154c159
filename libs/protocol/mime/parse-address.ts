import { domainToASCII } from 'node:url';
import { mimeError } from './mime.errors.js';

/** One mailbox, in the form that goes into envelopes. */
export interface Address {
  readonly localPart: string;
  /** Lower case, A-labels. */
  readonly domain: string;
  /** `localPart@domain` */
  readonly address: string;
  readonly display?: string;
  /** The local part is not ASCII: only a server with SMTPUTF8 (RFC 6531) takes it. */
  readonly needsSmtpUtf8: boolean;
}

export type AddressResult = { readonly ok: true; readonly value: Address } | { readonly ok: false; readonly reason: string };

const MAX_LENGTH = 320; // RFC 5321 §4.5.3.1: 64 + @ + 255
// RFC 5322 §3.2.3 atext, and RFC 6532 §3.2 for what is not ASCII.
const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u{a1}-\u{10ffff}-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u{a1}-\u{10ffff}-]+)*$/u;
// RFC 5321 §4.1.2 Quoted-string: printable ASCII, with backslash pairs.
const QUOTED = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

/**
 * Reads one mailbox, `user@example.org` or `Name <user@example.org>`, strictly: no lists, groups, comments, source
 * routes or address literals (RFC 5321 §4.1.2 without its obsolete forms), because whatever two readers could
 * understand differently is a hole.
 */
export function tryParseAddress(text: string): AddressResult {
  const whole = text.trim();
  if (whole === '') return refuse('it is empty');
  if (whole.length > MAX_LENGTH + 300) return refuse('it is too long');
  if (FORBIDDEN.test(whole)) return refuse('it holds a line break or another invisible character');
  const named = whole.endsWith('>') ? splitNamed(whole) : undefined;
  if (whole.endsWith('>') && !named) return refuse('the name before < is not readable');
  const addrSpec = named ? named.addrSpec : whole;
  const at = addrSpec.lastIndexOf('@');
  if (at < 0) return refuse('it has no @');
  const localPart = addrSpec.slice(0, at);
  if (localPart === '') return refuse('nothing stands before the @');
  if (Buffer.byteLength(localPart) > 64) return refuse('what stands before the @ is longer than 64 bytes');
  if (!DOT_ATOM.test(localPart) && !QUOTED.test(localPart))
    return refuse(localPart.includes('@') ? 'it has more than one @' : localProblem(localPart));
  const domain = parseDomain(addrSpec.slice(at + 1));
  if (!domain.ok) return domain;
  const address = `${localPart}@${domain.name}`;
  if (address.length > MAX_LENGTH) return refuse('it is too long');
  return {
    ok: true,

    value: {
      localPart,
      domain: domain.name,
      address,
      needsSmtpUtf8: /[^\x00-\x7f]/.test(localPart),
      ...(named && named.display !== '' ? { display: named.display } : {}),
    },
  };
}

/** @throws ChaparError `address_invalid` */
export function parseAddress(text: string): Address {
  const result = tryParseAddress(text);
  if (result.ok) return result.value;
  throw mimeError(
    'address_invalid',
    `"${text.slice(0, 100).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�')}" is not an e-mail address: ${result.reason}.`,
  );
}

/** What makes two addresses the same contact: the whole address in NFC and lower case, its domain in A-labels. */
export function addressKey(address: Pick<Address, 'address'>): string {
  return address.address.normalize('NFC').toLowerCase();
}

function refuse(reason: string): { ok: false; reason: string } {
  return { ok: false, reason };
}

function localProblem(localPart: string): string {
  if (/\s/.test(localPart)) return 'it holds a space';
  if (localPart.startsWith('.') || localPart.endsWith('.') || localPart.includes('..')) return 'a dot stands where none may stand';
  return 'it holds a character that an address cannot have';
}

function splitNamed(whole: string): { display: string; addrSpec: string } | undefined {
  const open = whole.lastIndexOf('<');
  if (open < 0) return undefined;
  const before = whole.slice(0, open).trim();
  const addrSpec = whole.slice(open + 1, -1);
  if (before.startsWith('"')) {
    if (!/^"(?:[^"\\]|\\.)*"$/.test(before)) return undefined;
    return { display: before.slice(1, -1).replace(/\\(.)/g, '$1'), addrSpec };
  }
  if (/[<>@,;:"\\()[\]]/.test(before)) return undefined;
  return { display: before, addrSpec };
}

function parseDomain(text: string): { ok: true; name: string } | { ok: false; reason: string } {
  if (text === '') return refuse('nothing stands after the @');
  if (text.startsWith('[')) return refuse('it names a machine by number');
  if (/[\s()<>,;:\\"[\]@%/?#]/.test(text))
    return refuse(/\s/.test(text) ? 'it holds a space' : 'its domain holds a character that a domain cannot have');

  const ascii = (/[^\x00-\x7f]/.test(text) ? domainToASCII(text) : text).toLowerCase();
  if (ascii === '' || ascii.length > 253) return refuse('its domain is not a domain name');
  const labels = ascii.split('.');
  if (labels.length < 2) return refuse('its domain has no dot');
  if (labels.includes('')) return refuse('a dot stands where none may stand');
  if (!labels.every((label) => LABEL.test(label))) return refuse('its domain is not a domain name');
  if (/^\d+$/.test(labels.at(-1)!)) return refuse('its domain ends in a number');
  return { ok: true, name: ascii };
}
