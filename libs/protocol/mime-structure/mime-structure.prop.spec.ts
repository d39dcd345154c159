import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldLines } from './header-fields.js';
import { STRUCTURE_VERSION } from './limits.js';
import { decodeTransfer } from './decode-content.js';
import { partText, previewPart, previewText } from './preview.js';
import { filterHeader, findPart, sectionRange } from './sections.js';
import { decodeStructure, encodeStructure } from './structure-codec.js';
import { StructureParser, parseStructure } from './structure-parser.js';
import type { Part } from './structure.types.js';

const piece = fc.constantFrom(
  'Content-Type: multipart/mixed; boundary=a\r\n',
  'Content-Type: multipart/digest; boundary="a b"\r\n',
  'Content-Type: message/rfc822\r\n',
  'Content-Type: text/html; charset=utf-8; name*0=x; name*1="y"\n',
  'Content-Type: multipart/alternative;\r\n\tboundary=ab\r\n',
  "Content-Disposition: attachment; filename*=utf-8''%41 (c(d)\r\n",
  'Content-Transfer-Encoding: base64\r\n',
  'From: "A \\" B" <a@b>, g: x@y, <@r:z@w>; (c) q\r\n',
  'Subject: =?utf-8?B?2LPZhNin2YU=?=\r\n folded\n',
  '\r\n',
  '\n',
  '\r',
  '--a\r\n',
  '--a--\r\n',
  '--a b\n',
  '--ab--',
  '--ab\r\n',
  'text ',
  '\0\xff',
  ':\r\n',
);
const ugly = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(''), 'latin1')),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

function allParts(part: Part): Part[] {
  if (part.kind === 'multipart') return [part, ...part.children.flatMap(allParts)];
  return part.kind === 'message' ? [part, ...allParts(part.content)] : [part];
}

describe('the structure of any bytes', () => {
  it('is the same however they come', () => {
    fc.assert(
      fc.property(ugly, fc.integer({ min: 1, max: 7 }), (bytes, size) => {
        const parser = new StructureParser();
        for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
        expect(parser.end()).toEqual(parseStructure(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('lies within them, parts within their containers, with the lines that are there', () => {
    fc.assert(
      fc.property(ugly, (bytes) => {
        const structure = parseStructure(bytes);
        expect(structure.root.header.length + structure.root.body.length).toBe(bytes.length);
        for (const part of allParts(structure.root)) {
          const body = bytes.subarray(part.body.start, part.body.start + part.body.length);
          expect(body.length).toBe(part.body.length);
          expect(part.lines).toBe(body.filter((byte) => byte === 0x0a).length);
          const inner = part.kind === 'multipart' ? part.children : part.kind === 'message' ? [part.content] : [];
          for (const { header, body } of inner) {
            expect(header.start).toBeGreaterThanOrEqual(part.body.start);
            expect(body.start + body.length).toBeLessThanOrEqual(part.body.start + part.body.length);
            expect(header.start + header.length).toBeLessThanOrEqual(body.start);
          }
          previewText(part, body);
          partText(part, body);
        }
        previewPart(structure);
      }),
      { numRuns: 1000 },
    );
  });

  it('survives its compact form', () => {
    fc.assert(
      fc.property(ugly, (bytes) => {
        const structure = parseStructure(bytes);
        const stored: unknown = JSON.parse(JSON.stringify(encodeStructure(structure)));
        expect(decodeStructure(stored, STRUCTURE_VERSION)).toEqual(structure);
        expect(JSON.stringify(stored)).not.toContain('\\u0000');
      }),
    );
  });

  it('has its header in two halves: the fields named and the others', () => {
    fc.assert(
      fc.property(ugly, (bytes) => {
        const structure = parseStructure(bytes);
        const { start, length } = sectionRange(structure, { part: [], text: 'HEADER' })!;
        const header = bytes.subarray(start, start + length);
        const halves = [filterHeader(header, ['From', 'SUBJECT'], false), filterHeader(header, ['From', 'SUBJECT'], true)];
        expect(halves[0]!.length + halves[1]!.length - 4).toBe(fieldLines(header.toString('latin1')).join('').length);
        expect(findPart(structure, [1, 1, 1, 1, 1, 1, 1, 1, 1])).toBeUndefined();
      }),
    );
  });
});

describe('bombs', () => {
  it('of 10,000 parts and more are read up to the limit', () => {
    const bytes = Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(12_000)}--b--\r\n`);
    const structure = parseStructure(bytes);
    expect(structure.isTruncated).toBe(true);
    expect(allParts(structure.root)).toHaveLength(10_000);
  });

  it('of 200 levels and more end in a part that is not looked into', () => {
    let nested = 'Content-Type: text/plain\r\n\r\nx';
    for (let level = 0; level < 200; level += 1)
      nested =
        level % 2
          ? `Content-Type: message/rfc822\r\n\r\n${nested}`
          : `Content-Type: multipart/mixed; boundary=b${level}-\r\n\r\n--b${level}-\r\n${nested}\r\n--b${level}---\r\n`;
    const structure = parseStructure(Buffer.from(nested));
    expect(structure.isTruncated).toBe(true);
    const parts = allParts(structure.root);
    expect(parts.length).toBeLessThan(110);
    expect(parts.at(-1)).toMatchObject({ kind: 'leaf', type: 'application' });
  });

  it('of headers stop being read', () => {
    const structure = parseStructure(Buffer.from(`To: ${'a@b, '.repeat(200_000)}\r\nSubject: late\r\n\r\nbody`));
    expect(structure.envelope.subject).toBeNull();
    expect(structure.root.body.length).toBe(4);
  });
});

it('quoted-printable is decoded as its rules say', () => {
  const reference = (text: string) =>
    text
      .replace(/[ \t]+(?=\r?\n)/g, '')
      .replace(/=\r?\n/g, '')
      .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(' ', '\t', '=', '\r\n', '\n', '4', '1', 'x'), maxLength: 30 }), (text) => {
      expect(decodeTransfer(Buffer.from(text), 'quoted-printable')!.toString('latin1')).toBe(reference(text));
    }),
    { numRuns: 2000 },
  );
});

it('text made to be slow is not', () => {
  const spaces = Buffer.alloc(2_000_000, 32);
  expect(decodeTransfer(spaces, 'quoted-printable')!.length).toBe(2_000_000);
  expect(
    parseStructure(
      Buffer.from(`To: ${'[ '.repeat(130_000)}\r\nCc: ${'('.repeat(100_000)}\r\nContent-Type: ${'a/b;('.repeat(50_000)}\r\n\r\n`),
    ).root.kind,
  ).toBe('leaf');
  const nested = Array.from(
    { length: 90 },
    (_, level) => `Content-Type: multipart/mixed; boundary=a${level}-\r\n\r\n--a${level}-\r\n`,
  ).join('');
  expect(parseStructure(Buffer.from(`${nested}\r\n${'--a\r\n'.repeat(600_000)}`)).isTruncated).toBe(true);
});
