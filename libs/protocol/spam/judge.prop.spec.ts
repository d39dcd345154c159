import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { examine, judge } from './judge.js';
import { spamRules } from './judge.js';
import { decodePrior, encodePrior } from './prior-model.js';
import { defaultSpamLimits } from './spam.types.js';

const bytes = fc.uint8Array({ maxLength: 3_000 }).map((array) => Buffer.from(array));
/** Pieces that mean something, in any order, with noise between. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'From: a <a@b.example>\r\n',
        'Subject: =?utf-8?B?4oCL?=\r\n',
        'Content-Type: multipart/mixed; boundary=b\r\n',
        'Content-Type: text/html\r\n',
        'Content-Transfer-Encoding: base64\r\n',
        "Content-Disposition: attachment; filename*0*=utf-8''%41; filename*1=b.exe\r\n",
        '\r\n',
        '\r\n--b\r\n',
        '--b--\r\n',
        '<a href="http://',
        '<div style="color:#fff;font-size:0',
        '">',
        '</a>',
        '<!--',
        '&#x76;',
        'PK\x03\x04',
        'MZ',
        '\u200d\u202e',
        'UEsDBBQ=',
        'http://[::1]:99999/',
        'http://a@b@c/',
        'Content-Type: message/rfc822\r\n\r\n',
        'v-i-a-g-r-a ',
        'Date: x\r\n',
        'Received: from [999.1.1.1]; x\r\n',
      ),
      fc.string({ maxLength: 30 }),
    ),
    { maxLength: 80 },
  )
  .map((all) => Buffer.from(all.join('')));

describe('a judgement of any bytes', () => {
  it('is made, within its limits, and the same each time', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, pieces), (raw) => {
        const examined = examine(raw);
        const judgement = judge(examined, { signals: { receivedAtMs: 0 } });
        expect(Number.isFinite(judgement.score)).toBe(true);
        expect(judgement.probability).toBeGreaterThanOrEqual(0);
        expect(judgement.probability).toBeLessThanOrEqual(1);
        expect(examined.tokens.length).toBeLessThanOrEqual(defaultSpamLimits.maxTokens);
        expect(judge(examine(raw), { signals: { receivedAtMs: 0 } })).toEqual(judgement);
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['one line of a megabyte', 'a'.repeat(1_000_000)],
    ['a megabyte of tags', `Content-Type: text/html\r\n\r\n${'<div style="'.repeat(90_000)}`],
    ['a megabyte of open elements', `Content-Type: text/html\r\n\r\n${'<b>'.repeat(350_000)}`],
    ['a megabyte of comments', `Content-Type: text/html\r\n\r\n${'a<!--'.repeat(200_000)}`],
    ['links without an end', `Content-Type: text/html\r\n\r\n${'<a href=http://a.example>x'.repeat(40_000)}`],
    ['blanks in the subject', `Subject: ${'x '.repeat(50_000)}${' '.repeat(50_000)}\r\n\r\nx`],
    ['spaced letters', `\r\n${'a '.repeat(400_000)}`],
    ['commas and addresses', `To: ${'a@b.example, '.repeat(40_000)}\r\n\r\nx`],
    ['10,000 parts', `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(10_000)}`],
    [
      '200 levels',
      `${Array.from({ length: 200 }, (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`).join('')}`,
    ],
    ['messages within messages', `${'Content-Type: message/rfc822\r\n\r\n'.repeat(5_000)}`],
    ['words that begin themes', `\r\n${'you have won million dollars bank account '.repeat(25_000)}`],
    ['marks alone', `\r\n${'\u200b\u202e\u0640'.repeat(300_000)}`],
  ])('is made of %s', (_, text) => {
    expect(['ham', 'junk', 'reject']).toContain(judge(examine(Buffer.from(text))).verdict);
  });
});

describe('the rules', () => {
  it('have names of their own and sentences for people', () => {
    const names = spamRules.map(({ rule }) => rule);
    expect(new Set(names).size).toBe(names.length);
    for (const { sentence, points } of spamRules) {
      expect(sentence).toMatch(/^\p{Lu}.*\.$/u);
      expect(points).not.toBe(0);
    }
  });
});

describe('a model', () => {
  it('is read back as it was written', () => {
    const entry = fc.tuple(
      fc.nat(0xffffffff),
      fc.integer({ min: -127, max: 127 }).filter((step) => step !== 0),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 50 }), (entries) => {
        const weights = new Map(entries.map(([key, step]) => [key, step / 16]));
        expect(decodePrior(encodePrior({ weights }), 0).weights).toEqual(new Map([...weights].sort(([a], [b]) => a - b)));
      }),
    );
  });
});
