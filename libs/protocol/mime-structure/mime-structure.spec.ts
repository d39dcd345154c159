import { describe, expect, it } from 'vitest';
import { parseAddressList } from './address-list.js';
import { decodeHeaderText, decodeTransfer } from './decode-content.js';
import { previewPart, previewText } from './preview.js';
import { filterHeader, findPart, partialRange, sectionRange, withPrefix } from './sections.js';
import { parseStructure } from './structure-parser.js';

const text = (...lines: string[]) => Buffer.from(lines.join('\r\n'));
const forwarded = text(
  'Subject: outer',
  'From: Sara <sara@example.org>',
  'Content-Type: multipart/mixed; boundary=o',
  '',
  'preamble',
  '--o',
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<style>p{}</style><p>Hello <b>w=',
  'orld</b></p>=E2=80=8C',
  '--o',
  'Content-Type: message/rfc822',
  'X-Part: 2',
  '',
  'Subject: inner',
  'Content-Type: multipart/alternative; boundary=i',
  '',
  '--i',
  '',
  'one',
  '--i',
  'Content-Type: application/pdf; name*0=a; name*1=b',
  'Content-Disposition: attachment; filename="b.pdf"',
  'Content-Transfer-Encoding: base64',
  '',
  'AAAA',
  '--i--',
  '--o--',
  'epilogue',
  '',
);
const structure = parseStructure(forwarded);
const section = (part: number[], name?: 'HEADER' | 'TEXT' | 'MIME') => {
  const range = sectionRange(structure, { part, ...(name && { text: name }) });
  return range && forwarded.toString('latin1', range.start, range.start + range.length);
};

describe('sections', () => {
  it('are numbered through enclosed messages (RFC 9051 §6.4.5.1)', () => {
    expect(section([2], 'MIME')).toBe('Content-Type: message/rfc822\r\nX-Part: 2\r\n\r\n');
    expect(section([2], 'HEADER')).toBe('Subject: inner\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n');
    expect(section([2])).toMatch(/^Subject: inner[^]*--i--$/);
    expect(section([2, 1])).toBe('one');
    expect(section([2, 2])).toBe('AAAA');
    expect([section([3]), section([1], 'HEADER'), section([1, 1]), section([], 'MIME')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(section([], 'TEXT')).toMatch(/^preamble[^]*epilogue\r\n$/);
  });

  it('of a message that is no multipart begin with 1', () => {
    const plain = parseStructure(text('Subject: x', '', 'body'));
    expect(sectionRange(plain, { part: [1] })).toEqual({ start: 14, length: 4 });
    expect(findPart(plain, [1, 1])).toBeUndefined();
    expect(findPart(plain, [2])).toBeUndefined();
  });

  it('are cut by partials, and narrowed to fields', () => {
    expect(partialRange({ start: 10, length: 5 }, { offset: 3, length: 10 })).toEqual({ start: 13, length: 2 });
    expect(partialRange({ start: 10, length: 5 }, { offset: 9, length: 10 })).toEqual({ start: 15, length: 0 });
    const header = text('A: 1', ' folded', 'no field', 'b : 2', '', '');
    expect(filterHeader(header, ['a', 'B'], false).toString()).toBe('A: 1\r\n folded\r\nb : 2\r\n\r\n');
    expect(filterHeader(header, ['a'], true).toString()).toBe('no field\r\nb : 2\r\n\r\n');
  });

  it('move behind what the delivery put before the message', () => {
    const moved = withPrefix(structure, 7);
    expect(sectionRange(moved, { part: [2, 2] })).toEqual({
      ...sectionRange(structure, { part: [2, 2] }),
      start: sectionRange(structure, { part: [2, 2] })!.start + 7,
    });
    expect(sectionRange(moved, { part: [], text: 'HEADER' })).toEqual({ start: 0, length: structure.root.header.length + 7 });
    expect(moved.sizeBytes).toBe(forwarded.length + 7);
  });
});

it('addresses keep what senders write', () => {
  const of = (value: string) => parseAddressList(value).map(({ name, route, mailbox, host }) => [name, route, mailbox, host]);
  expect(of('"Doe, J" <j.doe@x.org>, plain@y.org (Pat (P) Lain), <@a,@b:r@z>')).toEqual([
    ['Doe, J', null, 'j.doe', 'x.org'],
    ['Pat (P) Lain', null, 'plain', 'y.org'],
    [null, '@a,@b', 'r', 'z'],
  ]);
  expect(of('Team: a@x, b@y;, undisclosed:;')).toEqual([
    [null, null, 'Team', null],
    [null, null, 'a', 'x'],
    [null, null, 'b', 'y'],
    [null, null, null, null],
    [null, null, 'undisclosed', null],
    [null, null, null, null],
  ]);
  expect(of('"a b"@x, joe, =?utf-8?q?S?= <s@x')).toEqual([
    [null, null, 'a b', 'x'],
    [null, null, 'joe', 'MISSING_DOMAIN'],
    ['=?utf-8?q?S?=', null, 's', 'x'],
  ]);
});

it('encoded words are decoded, cut characters joined', () => {
  expect(decodeHeaderText('=?UTF-8?B?2LPZhA==?= =?utf-8?Q?=D8=A7?= x =?utf-8?b?2A==?= =?utf-8?b?pw==?= =?x-none?q?a_b?=')).toBe(
    'سلا x ا a b'.replace(' a b', 'a b'),
  );
  expect(decodeHeaderText(Buffer.from('سلام').toString('latin1'))).toBe('سلام');
  expect(decodeTransfer(Buffer.from('YQ==YQ=='), 'BASE64')?.toString()).toBe('aa');
  expect(decodeTransfer(Buffer.from(''), 'x-uuencode')).toBeUndefined();
});

it('a preview is the beginning of what a message says', () => {
  const part = previewPart(structure)!;
  expect(part.type).toBe('text');
  const html = findPart(structure, [1])!;
  expect(previewText(html, forwarded.subarray(html.body.start, html.body.start + html.body.length))).toBe('Hello world');
  expect(previewText(html, Buffer.from('سلام '.repeat(500))).length).toBeLessThanOrEqual(200);
});
