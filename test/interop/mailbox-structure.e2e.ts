import { expect, it } from 'vitest';
import { type BodySection, type FetchItem, FetchResponse } from '#protocol/imap';
import {
  type MessageStructure,
  type Part,
  decodeTransfer,
  filterHeader,
  findPart,
  parseStructure,
  sectionRange,
} from '#protocol/mime-structure';
import { canUnpackDebianPrograms } from '#testing/debian-programs';
import { type ImapValue, parseImapResponses, talkToDovecotImap } from '#testing/dovecot';
import { uglyMail } from './support/ugly-mail.js';

/*
 * Every message is appended to Dovecot, which then says ENVELOPE, BODY, BODYSTRUCTURE and each section of it; we say the same out of our structure, and
 * both answers are read by one parser.
 */
const ITEMS = 'RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE';

/** Where we differ on purpose. */
const explained: Readonly<Record<string, string>> = {
  'simple_35.txt ENVELOPE': 'an address with two @: all of it is kept as mailbox, where Dovecot says SYNTAX_ERROR',
  'yahoo_13.txt ENVELOPE': 'a folded Message-ID: Dovecot keeps the space of the fold before it',
  'courier.eml ENVELOPE': '<@>: Dovecot makes a route INVALID_ROUTE of it',
  'msg_14.txt BODY': 'Content-Type without a subtype is text/plain (RFC 2045 §5.2), where Dovecot says "" ""',
  'msg_14.txt BODYSTRUCTURE': 'as above',
  'msg_32.txt BODY': 'charset* names a charset: Dovecot adds us-ascii all the same',
  'msg_32.txt BODYSTRUCTURE': 'as above',
  'msg_35.txt BODY[HEADER.FIELDS.NOT (SUBJECT RECEIVED)]':
    'a header with a line that is no field and no empty line: Dovecot adds the empty line to FIELDS alone',
  'msg_38.txt BODY[1]': 'the line end before a boundary is the boundary’s (RFC 2046 §5.1.1), in a part cut off by an outer boundary too',
  ...Object.fromEntries(
    ['msg_25.txt', 'msg_33.txt', 'msg_41.txt'].flatMap((name) =>
      ['BODY', 'BODYSTRUCTURE', 'BODY[1]', 'BODY[1.MIME]'].map((item) => [
        `${name} ${item}`,
        'a multipart without a boundary is shown as text, where Dovecot shows an empty part',
      ]),
    ),
  ),
};
/** An enclosed message without a body: Dovecot counts the line end of the boundary behind it as its own, in it and all that holds it. */
const holdsBareHeader = (part: Part): boolean =>
  part.kind === 'multipart'
    ? part.children.some(holdsBareHeader)
    : part.kind === 'message' && (part.content.body.length === 0 || holdsBareHeader(part.content));

/** Every section there is, of the first hundred parts. */
function sectionsOf(structure: MessageStructure): BodySection[] {
  const subject = ['Subject', 'Received'];
  const sections: BodySection[] = [
    { part: [] },
    { part: [], text: 'HEADER' },
    { part: [], text: 'TEXT' },
    { part: [], text: 'HEADER.FIELDS', fields: [...subject, 'X-None'] },
    { part: [], text: 'HEADER.FIELDS.NOT', fields: subject },
  ];
  const visit = (part: Part, number: number[]) => {
    sections.push({ part: number }, { part: number, text: 'MIME' });
    if (part.kind === 'multipart') below(part, number);
    if (part.kind !== 'message') return;
    for (const text of ['HEADER', 'TEXT'] as const) sections.push({ part: number, text });
    sections.push({ part: number, text: 'HEADER.FIELDS', fields: subject });
    below(part.content, number);
  };
  const below = (part: Part, number: number[]) => {
    if (part.kind === 'multipart') part.children.forEach((child, index) => visit(child, [...number, index + 1]));
    else visit(part, [...number, 1]);
  };
  below(structure.root, []);
  return sections.slice(0, 300);
}

function labelOf({ part, text, fields }: BodySection): string {
  const place = [...part, ...(text ? [text] : [])].join('.');
  return fields ? `${place} (${fields.join(' ')})` : place;
}

function bytesOf(bytes: Buffer, structure: MessageStructure, section: BodySection): Buffer | null {
  const range = sectionRange(structure, section);
  if (range === undefined) return null;
  const found = bytes.subarray(range.start, range.start + range.length);
  return section.fields ? filterHeader(found, section.fields, section.text === 'HEADER.FIELDS.NOT') : found;
}

/** Parts that have something to decode, decoded; of base64 those alone that are whole, since Dovecot ends the session at others. */
function binaryParts(bytes: Buffer, structure: MessageStructure): { number: readonly number[]; data: Buffer }[] {
  return sectionsOf(structure).flatMap(({ part: number, text }) => {
    const part = text === undefined && number.length > 0 ? findPart(structure, number) : undefined;
    if (part?.kind !== 'leaf' || !/^(base64|quoted-printable)$/i.test(part.encoding)) return [];
    const content = bytes.subarray(part.body.start, part.body.start + part.body.length);
    const letters = content.toString('latin1').replace(/\s/g, '');
    const isWhole = letters.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(letters);
    return isWhole || /^q/i.test(part.encoding) ? [{ number, data: decodeTransfer(content, part.encoding)! }] : [];
  });
}

function ourAnswer(number: number, bytes: Buffer, structure: MessageStructure, sections: readonly BodySection[]): Buffer {
  const answer = new FetchResponse(number, { isUtf8: false }).size(bytes.length).envelope(structure.envelope);
  answer.bodyStructure(structure.root, false).bodyStructure(structure.root, true);
  for (const section of sections) {
    const item: Extract<FetchItem, { item: 'BODY' }> = { item: 'BODY', section, isPeek: true };
    answer.body(item, bytesOf(bytes, structure, section));
  }
  for (const { number, data } of binaryParts(bytes, structure))
    answer.binary({ item: 'BINARY', part: number, isPeek: true }, data).binarySize(number, data.length);
  return answer.end();
}

/** Items by message and name, names in capitals; types and charsets in any case are the same. */
function itemsOf(answers: Buffer): Map<string, string> {
  const items = new Map<string, string>();
  for (const line of parseImapResponses(answers)) {
    const [, number, verb, list] = line as [unknown, { atom: string }, { atom: string } | undefined, ImapValue[]];
    if (verb?.atom !== 'FETCH') continue;
    for (let index = 0; index < list.length; index += 2) {
      const name = (list[index] as { atom: string }).atom.toUpperCase();
      if (name === 'FLAGS') continue;
      const value = JSON.stringify(list[index + 1]);
      items.set(`${number.atom} ${name}`, name.includes('[') || name === 'ENVELOPE' ? value : value.toLowerCase());
    }
  }
  return items;
}

it.skipIf(!canUnpackDebianPrograms)('structures, envelopes and sections of ugly mail are those that Dovecot tells', async () => {
  const messages = (await uglyMail()).map((message) => ({ ...message, structure: parseStructure(message.bytes) }));
  const script: (Buffer | string)[] = messages.flatMap(({ bytes }) => [`a APPEND INBOX {${bytes.length}+}\r\n`, bytes, '\r\n']);
  script.push('s SELECT INBOX\r\n');
  const answers: Buffer[] = [];
  for (const [index, { bytes, structure }] of messages.entries()) {
    const sections = sectionsOf(structure);
    const items = sections.map((section) => `BODY.PEEK[${labelOf(section)}]`);
    for (const { number } of binaryParts(bytes, structure))
      items.push(`BINARY.PEEK[${number.join('.')}]`, `BINARY.SIZE[${number.join('.')}]`);
    script.push(`f FETCH ${index + 1} (${ITEMS} ${items.join(' ')})\r\n`);
    answers.push(ourAnswer(index + 1, bytes, structure, sections));
  }
  const theirs = itemsOf(await talkToDovecotImap(script));
  const different: Record<string, unknown> = {};
  let same = 0;
  for (const [key, ours] of itemsOf(Buffer.concat(answers))) {
    const [, number, item] = /^(\d+) (.*)$/.exec(key)!;
    const { name, structure } = messages[Number(number) - 1]!;
    // It decodes no part of a message that has a broken one: NO [PARSE].
    if (item!.startsWith('BINARY') && theirs.get(key) === undefined) continue;
    if (ours === theirs.get(key)) same += 1;
    else if (item === 'ENVELOPE' || !holdsBareHeader(structure.root)) different[`${name} ${item}`] = { ours, theirs: theirs.get(key) };
  }
  console.log(`Dovecot: ${same} answers the same, ${Object.keys(different).length} differ for a known reason, ${messages.length} messages`);
  expect(Object.fromEntries(Object.entries(different).filter(([key]) => explained[key] === undefined))).toEqual({});
  expect(same).toBeGreaterThan(3000);
  expect(messages.filter(({ structure }) => holdsBareHeader(structure.root)).length).toBeLessThan(25);
});
