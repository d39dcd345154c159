import { describe, expect, it } from 'vitest';
import { type SpamHamCount, chiSquareTail, classify, nothingTrained } from './classifier.js';
import { examine, judge } from './judge.js';
import { normaliseText } from './normalise-text.js';
import { mail } from './spam.fixture.js';

function trainedOn(examples: readonly (readonly [text: string, kind: keyof SpamHamCount])[]) {
  const messages = { spam: 0, ham: 0 };
  const tokens = new Map<number, { spam: number; ham: number }>();
  for (const [text, kind] of examples) {
    messages[kind]++;
    for (const { hash } of examine(mail(text)).tokens) {
      const count = tokens.get(hash) ?? { spam: 0, ham: 0 };
      count[kind]++;
      tokens.set(hash, count);
    }
  }
  return { messages, tokens };
}

const wanted = [
  'the meeting about the garden fence moves to thursday',
  'please send the minutes of the garden meeting',
  'the fence was painted on thursday',
];
const unwanted = ['کسب درآمد دلاری بدون سرمایه', 'کسب درامد روزانه بدون ریسک', 'درآمد میلیونی در منزل بدون سرمایه'];
const trained = trainedOn([...wanted.map((text) => [text, 'ham'] as const), ...unwanted.map((text) => [text, 'spam'] as const)]);

describe('the classifier', () => {
  it('tells what it was shown from what it was not', () => {
    const probability = (text: string) => classify(examine(mail(text, { Subject: 'x' })).tokens, trained).probability;
    expect(probability('کسب درآمد بدون سرمایه در منزل')).toBeGreaterThan(0.8);
    expect(probability('minutes of the fence meeting on thursday')).toBeLessThan(0.2);
  });

  it('names the tokens that told it', () => {
    const { tokens } = judge(examine(mail('کسب درآمد بدون سرمایه', { Subject: 'x' })), { trained });
    expect(tokens.map(({ token }) => token)).toContain('بدون سرمایه');
  });

  it('knows nothing before it saw both kinds', () => {
    expect(classify(examine(mail('x')).tokens, nothingTrained)).toMatchObject({ probability: 0.5, confidence: 0 });
    expect(classify(examine(mail('x')).tokens, trainedOn([['x', 'spam']]))).toMatchObject({ probability: 0.5, confidence: 0 });
  });

  it('relies on what it learnt the more, the more it learnt', () => {
    const few = classify([], trained).confidence;
    expect(few).toBeGreaterThan(0);
    expect(classify([], { ...trained, messages: { spam: 300, ham: 300 } }).confidence).toBeGreaterThan(few);
  });
});

describe('the tail of the chi-square distribution', () => {
  // Values of tables: 5 % at 3.841 is for one degree; for two it is 5.991, for ten 18.307.
  it.each([
    [5.991, 1, 0.05],
    [18.307, 5, 0.05],
    [0, 5, 1],
  ])('of %d with twice %d degrees is %d', (x, pairs, expected) => {
    expect(chiSquareTail(x, pairs)).toBeCloseTo(expected, 3);
  });
});

describe('normalised text', () => {
  it.each([
    ['می\u200cخواهم', 'میخواهم'],
    ['كتاب علي', 'کتاب علی'],
    ['مَدرَسَة', 'مدرسه'],
    ['آزادی إسلام', 'ازادی اسلام'],
    ['۱۲۳ ٤٥٦', '123 456'],
    ['ＦＲＥＥ 𝐦𝐨𝐧𝐞𝐲', 'free money'],
    ['vi\u00adag\u200bra', 'viagra'],
  ])('%s is %s', (text, expected) => {
    expect(normaliseText(text)).toBe(expected);
  });
});
