import { uuidv7 } from '#base/kernel';
import { encodeStructure, parseStructure } from '#protocol/mime-structure';
import type { NewMessage } from './message.types.js';
import { searchableBody, searchableHeader } from './searchable.js';

/** What is computed of a message once, when it comes; in the columns' names. */
export interface MessageRow {
  readonly blob: string;
  readonly prefix: string | null;
  readonly bits: number;
  readonly keywords: readonly string[];
  readonly internal_date: string;
  readonly sent_on: string | null;
  readonly size_bytes: number;
  readonly email_id: string;
  readonly structure: unknown;
  readonly header_text: string;
  readonly body_text: string;
}

export async function toRow({ blob, bytes, prefix, flags, internalDate }: NewMessage): Promise<MessageRow> {
  const structure = parseStructure(bytes);
  const { start, length } = structure.root.header;
  return {
    blob,
    prefix: prefix && prefix.length > 0 ? `\\x${prefix.toString('hex')}` : null,
    bits: flags.bits,
    keywords: flags.keywords,
    internal_date: (internalDate ?? new Date()).toISOString(),
    sent_on: dayOf(structure.envelope.date),
    size_bytes: bytes.length + (prefix?.length ?? 0),
    email_id: uuidv7(),
    structure: encodeStructure(structure),
    header_text: searchableHeader(Buffer.concat([prefix ?? Buffer.alloc(0), bytes.subarray(start, start + length)])),
    body_text: await searchableBody(structure, (from, count) => Promise.resolve(bytes.subarray(from, from + count))),
  };
}

/** The day that the Date header names, in the zone it names (RFC 9051 §6.4.4: "disregarding time and timezone"). */
function dayOf(date: string | null): string | null {
  const found = /(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4})/.exec(date ?? '');
  if (!found) return null;
  const month = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].indexOf(found[2]!.toLowerCase()) + 1;
  const [day, year] = [Number(found[1]), Number(found[3])];
  const isReal = month > 0 && day >= 1 && year >= 1900 && year <= 9999 && new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  return isReal ? `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` : null;
}
