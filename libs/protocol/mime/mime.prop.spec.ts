import fc from 'fast-check';
import { decodeWords } from 'postal-mime';
import { expect, it } from 'vitest';
import { encodeHeader, formatMailbox } from './header.js';
import { tryParseAddress } from './parse-address.js';
import { encodeQpSegment, encodeQuotedPrintable } from './quoted-printable.js';

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: fc.constantFrom(' ', '\t', '.', '\r\n', '\n', '=', 'a', 'سلام', '\r', '‌'), maxLength: 300 }),
);
const crlf = (text: string) => text.replace(/\r\n|\n/g, '\r\n');
const decodeQp = (bytes: Buffer) =>
  Buffer.from(
    bytes
      .toString('latin1')
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString();

it('decodes to the text that was encoded, whole and in segments', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(decodeQp(encodeQuotedPrintable(text))).toBe(crlf(text));
    }),
  );
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 6 }), (texts) => {
      const joined = Buffer.concat(texts.map((text) => encodeQpSegment(text)));
      expect(decodeQp(joined)).toBe(texts.map(crlf).join(''));
    }),
  );
});

it('is its own relaxed canonical form and needs no dot-stuffing, wherever segments are joined', () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 6 }), (texts) => {
      for (const line of Buffer.concat(texts.map((text) => encodeQpSegment(text)))
        .toString('latin1')
        .split('\r\n')) {
        expect(line.length).toBeLessThanOrEqual(76);
        expect(line).not.toMatch(/[ \t]{2}|[ \t]$|^\.|^[ \t]|[\r\n]/);
      }
    }),
  );
});

it('gives headers that decode to their value, on lines of at most 76 columns', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.lorem({ maxCount: 40 }),
    fc.string({ unit: fc.constantFrom('سلام', ' ', 'a', '=?'), maxLength: 80 }),
  );
  fc.assert(
    fc.property(value, (text) => {
      fc.pre(!/[\p{Cc}\u2028\u2029]/u.test(text) && text.trim() === text && !/\s{2}/.test(text));
      const field = encodeHeader('Subject', text);
      for (const [i, line] of field.value.split('\r\n').entries())
        expect((i === 0 ? `Subject: ${line}` : line).length).toBeLessThanOrEqual(78);
      expect(decodeWords(field.value.replace(/\r\n(?=[ \t])/g, ''))).toBe(text);
    }),
  );
});

it('never lets a line break through, in a subject or a name', () => {
  for (const evil of ['a\r\nBcc: x@y.z', 'a\nb', 'a\rb', 'a\0b', 'a\u2028b']) {
    expect(() => encodeHeader('Subject', evil)).toThrow(expect.objectContaining({ code: 'header_injection' }));
    expect(() => formatMailbox(evil, 'a@example.org')).toThrow(expect.objectContaining({ code: 'header_injection' }));
  }
  expect(() => encodeHeader('X: y', 'z')).toThrow(expect.objectContaining({ code: 'header_injection' }));
});

it('reads an address whatever the text, without throwing and without changing what it accepts', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.emailAddress(),
        fc.string({ unit: fc.constantFrom('a', '@', '.', '"', '<', '>', ' ', '\\', '(', ',') }),
      ),
      (text) => {
        const result = tryParseAddress(text);
        if (result.ok) expect(tryParseAddress(result.value.address)).toMatchObject({ ok: true, value: { address: result.value.address } });
      },
    ),
  );
});
