import type { StatusItem } from './command.types.js';
import { DELIMITER } from './mailbox-name.js';
import { ResponseBuilder, type ResponseSettings } from './response-builder.js';
import { type ResponseCode, formatCode } from './response-code.js';
import { formatSet } from './sequence-set.js';
import type { ModSeq, SequenceRange } from './sequence-set.types.js';

export type ResponseStatus = 'OK' | 'NO' | 'BAD' | 'BYE' | 'PREAUTH';

/** `<tag> OK [CODE] text`; the tag `*` makes it untagged. Line ends in the text become spaces. */
export function statusLine(tag: string, status: ResponseStatus, text: string, code?: ResponseCode): Buffer {
  const bracket = code === undefined ? '' : `[${formatCode(code)}] `;
  // A status line that holds nothing but a code still needs a text (RFC 9051 §9 resp-text).
  return Buffer.from(`${tag} ${status} ${bracket}${text.replace(/[\0\r\n]+/g, ' ') || 'Done'}\r\n`);
}

/** `+ text`; AUTHENTICATE's challenges are base64, and an empty one still has its space. */
export function continuation(text = 'OK'): Buffer {
  return Buffer.from(`+ ${text}\r\n`, 'latin1');
}

const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1');

export const exists = (count: number): Buffer => line(`* ${count} EXISTS`);
export const recent = (count: number): Buffer => line(`* ${count} RECENT`);
export const expunge = (sequence: number): Buffer => line(`* ${sequence} EXPUNGE`);
export const flags = (list: readonly string[]): Buffer => line(`* FLAGS (${list.join(' ')})`);
export const capability = (list: readonly string[]): Buffer => line(`* CAPABILITY ${list.join(' ')}`);
export const enabled = (list: readonly string[]): Buffer => line(['* ENABLED', ...list].join(' '));

/** RFC 7162 §3.2.10. `isEarlier`: told at SELECT or FETCH, so sequence numbers do not move. */
export function vanished(uids: readonly SequenceRange[], isEarlier: boolean): Buffer {
  return line(`* VANISHED ${isEarlier ? '(EARLIER) ' : ''}${formatSet(uids)}`);
}

export interface ListedMailbox {
  readonly name: string;
  /** With their backslash. */
  readonly attributes: readonly string[];
  /** Selection options that children match (RFC 5258 §4). */
  readonly childInfo?: readonly string[];
  /** After a RENAME (RFC 9051 §7.3.1). */
  readonly oldName?: string;
}

/** LIST, LSUB or XLIST. An empty name asks for the hierarchy's delimiter. */
export function listLine(verb: 'LIST' | 'LSUB' | 'XLIST', mailbox: ListedMailbox, settings: ResponseSettings): Buffer {
  const builder = new ResponseBuilder(settings).raw(`* ${verb} (${mailbox.attributes.join(' ')}) "${DELIMITER}" `).mailbox(mailbox.name);
  const { childInfo, oldName } = mailbox;
  const extended: (() => void)[] = [];
  if (childInfo !== undefined) extended.push(() => builder.raw('"CHILDINFO" ').list(childInfo, (option) => builder.raw(`"${option}"`)));
  if (oldName !== undefined) extended.push(() => builder.raw('"OLDNAME" ').list([oldName], (name) => builder.mailbox(name)));
  if (extended.length > 0) builder.raw(' ').list(extended, (write) => write());
  return builder.crlf().take();
}

export type StatusValues = Partial<Record<StatusItem, number | bigint | string | null>>;

/** MAILBOXID is in parentheses, an unlimited APPENDLIMIT is NIL. */
export function statusResponse(mailbox: string, values: StatusValues, settings: ResponseSettings): Buffer {
  const builder = new ResponseBuilder(settings).raw('* STATUS ').mailbox(mailbox).raw(' ');
  builder.list(Object.entries(values), ([item, value]) => builder.raw(`${item} ${item === 'MAILBOXID' ? `(${value})` : (value ?? 'NIL')}`));
  return builder.crlf().take();
}

/** SEARCH and SORT in their old form, sent even when nothing was found; `modSeq` only where the search asked for it. */
export function numbersResponse(verb: 'SEARCH' | 'SORT', numbers: readonly number[], modSeq?: ModSeq): Buffer {
  return line(`* ${[verb, ...numbers].join(' ')}${modSeq === undefined ? '' : ` (MODSEQ ${modSeq})`}`);
}

export interface EsearchResult {
  readonly isUid: boolean;
  readonly min?: number;
  readonly max?: number;
  /** Left out where nothing was found. For SORT in its order. */
  readonly all?: readonly SequenceRange[];
  readonly count?: number;
  readonly modSeq?: ModSeq;
}

/** RFC 9051 §7.3.4; the tag is a quoted string, without which clients fail. */
export function esearchResponse(tag: string, result: EsearchResult): Buffer {
  const builder = new ResponseBuilder({ isUtf8: false }).raw('* ESEARCH (TAG ').quoted(tag).raw(')');
  if (result.isUid) builder.raw(' UID');
  if (result.min !== undefined) builder.raw(` MIN ${result.min}`);
  if (result.max !== undefined) builder.raw(` MAX ${result.max}`);
  if (result.all !== undefined && result.all.length > 0) builder.raw(` ALL ${formatSet(result.all)}`);
  if (result.count !== undefined) builder.raw(` COUNT ${result.count}`);
  if (result.modSeq !== undefined) builder.raw(` MODSEQ ${result.modSeq}`);
  return builder.crlf().take();
}

export interface NamespaceEntry {
  readonly prefix: string;
}

/** Personal, other users', shared (RFC 9051 §6.3.10); an empty list is NIL. */
export function namespaceResponse(
  personal: readonly NamespaceEntry[],
  others: readonly NamespaceEntry[],
  shared: readonly NamespaceEntry[],
  settings: ResponseSettings,
): Buffer {
  const builder = new ResponseBuilder(settings).raw('* NAMESPACE');
  for (const entries of [personal, others, shared]) {
    builder.raw(entries.length === 0 ? ' NIL' : ' (');
    for (const { prefix } of entries) builder.raw('(').quoted(prefix).raw(` "${DELIMITER}")`);
    if (entries.length > 0) builder.raw(')');
  }
  return builder.crlf().take();
}

export function idResponse(fields: Readonly<Record<string, string>> | null): Buffer {
  const builder = new ResponseBuilder({ isUtf8: false }).raw('* ID ');
  if (fields === null) builder.raw('NIL');
  else builder.list(Object.entries(fields), ([name, value]) => builder.quoted(name).raw(' ').quoted(value));
  return builder.crlf().take();
}
