import { normalizeText } from '#base/text';
import { decodeHeaderText, partText, textParts, type MessageStructure } from '#protocol/mime-structure';

/** Of one message: what SEARCH looks through. The whole message stays readable whatever is left out here. */
const MAX_HEADER = 64 * 1024;
const MAX_BODY = 256 * 1024;
const MAX_PART_BYTES = 1024 * 1024;

/** As it is compared (`normalizeText`), and as PostgreSQL can keep it. */
export function searchable(text: string): string {
  return normalizeText(text).replaceAll('\0', '').toWellFormed();
}

/** Header fields a line each, `name: value`, decoded and normalised. @param header bytes of the message's header */
export function searchableHeader(header: Buffer): string {
  const unfolded = header.toString('latin1').replace(/\r?\n(?=[ \t])/g, '');
  const lines = unfolded
    .split(/\r?\n/)
    .filter((line) => line.includes(':'))
    .map((line) => {
      const colon = line.indexOf(':');
      return `${line.slice(0, colon).trim().toLowerCase()}: ${searchable(decodeHeaderText(line.slice(colon + 1).trim()))}`;
    });
  return lines.join('\n').slice(0, MAX_HEADER);
}

/** Text of all its text parts, decoded and normalised. @param read the bytes of a range */
export async function searchableBody(
  structure: MessageStructure,
  read: (start: number, length: number) => Promise<Buffer>,
): Promise<string> {
  let text = '';
  for (const part of textParts(structure)) {
    const { start, length } = part.body;
    const decoded = searchable(partText(part, await read(start, Math.min(length, MAX_PART_BYTES))));
    text += `${decoded}\n`;
    if (text.length >= MAX_BODY) break;
  }
  return text.slice(0, MAX_BODY);
}
