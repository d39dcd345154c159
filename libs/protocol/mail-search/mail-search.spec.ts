import { describe, expect, it } from 'vitest';
import { normalizeText } from '#base/text';
import { type SearchKey, type ThreadNode } from '#protocol/imap';
import { baseSubject } from './base-subject.js';
import { parseSentDate } from './message-date.js';
import { type SearchFacts, type SearchTexts, compileSearch, usesTexts } from './search.js';
import { sortMessages } from './sort.js';
import { type OrderSummary, messageIds } from './summary.js';
import { threadMessages } from './thread.js';

const view = { largestSequence: 10, largestUid: 100, savedUids: [[90, 100]] as [number, number][], now: new Date('2030-01-10T00:00:00Z') };
const facts: SearchFacts = {
  sequence: 10,
  uid: 95,
  hasFlag: (flag) => flag === '\\Seen',
  isRecent: false,
  internalDate: new Date('2030-01-09T23:30:00Z'),
  sizeBytes: 500,
  modSeq: 7n,
  saveDate: null,
  emailId: 'M1',
  threadId: null,
  sentDay: '2030-01-08',
};
const texts: SearchTexts = {
  header: (name) => (name === 'subject' ? [normalizeText('نامهٔ علي')] : []),
  headerText: () => normalizeText('Subject: نامهٔ علي'),
  bodyText: () => normalizeText('می‌روم ۱۲'),
};
const test = (key: SearchKey, withTexts = false) => compileSearch(key, view)(facts, withTexts ? texts : undefined);
const date = (of: 'internal' | 'sent' | 'saved', relation: 'before' | 'on' | 'since', day: string): SearchKey => ({
  key: 'date',
  of,
  relation,
  date: day,
});

describe('SEARCH', () => {
  it('decides by facts', () => {
    const is: [SearchKey, boolean][] = [
      [{ key: 'sequence', set: { ranges: [[Infinity, Infinity]] } }, true],
      [{ key: 'sequence', set: { ranges: [[95, 95]] } }, false],
      [{ key: 'uid', set: { ranges: [[200, Infinity]] } }, false],
      [{ key: 'uid', set: '$' }, true],
      [{ key: 'flag', flag: '\\Seen', isSet: false }, false],
      [date('internal', 'on', '2030-01-09'), true],
      [date('internal', 'before', '2030-01-09'), false],
      [date('sent', 'since', '2030-01-08'), true],
      [date('saved', 'on', '2030-01-09'), true],
      [{ key: 'age', relation: 'younger', seconds: 3600 }, true],
      [{ key: 'age', relation: 'older', seconds: 3600 }, false],
      [{ key: 'size', relation: 'larger', bytes: 500 }, false],
      [{ key: 'modseq', from: 7n }, true],
      [{ key: 'thread-id', id: 'x' }, false],
    ];
    for (const [key, expected] of is) {
      expect(
        test(key),
        JSON.stringify(key, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
      ).toBe(expected);
      expect(usesTexts(key)).toBe('no');
    }
  });

  it('reads texts only where they decide, and finds Persian however it is written', () => {
    const subject: SearchKey = { key: 'header', name: 'subject', value: 'علی' };
    const body: SearchKey = { key: 'body', value: 'میروم 12' };
    const seen: SearchKey = { key: 'flag', flag: '\\Seen', isSet: true };
    const unseen: SearchKey = { key: 'flag', flag: '\\Seen', isSet: false };
    expect([test(subject), test(subject, true), test(body, true)]).toEqual([undefined, true, true]);
    expect(test({ key: 'and', keys: [body, unseen] })).toBe(false);
    expect(test({ key: 'or', left: body, right: seen })).toBe(true);
    expect(test({ key: 'or', left: body, right: unseen })).toBeUndefined();
    expect(test({ key: 'not', inner: { key: 'and', keys: [subject, seen] } }, true)).toBe(false);
    expect(test({ key: 'header', name: 'cc', value: '' }, true)).toBe(false);
    expect(test({ key: 'text', value: 'subject: ' }, true)).toBe(true);
    expect(usesTexts({ key: 'not', inner: { key: 'or', left: subject, right: body } })).toBe('body');
  });
});

it('base subjects (RFC 5256 §2.1)', () => {
  for (const [subject, base, isReply] of [
    ['Re: [list] Hello (fwd)', 'Hello', true],
    ['[PATCH] fix', 'fix', false],
    ['[only]', '[only]', false],
    ['RE[2]:  Fwd : a\tb', 'a b', true],
    ['[fwd: Re: x]', 'x', true],
    ['Re:', '', true],
    ['really', 'really', false],
    ['[a] [b] re: c', 'c', true],
  ] as const)
    expect(baseSubject(subject), subject).toEqual({ base, isReply });
  expect(baseSubject('re:'.repeat(100_000)).base.length).toBeLessThan(3);
});

it('dates of senders', () => {
  expect(parseSentDate('Mon, 7 Feb 1994 21:52:25 -0800 (PST)')).toEqual({ day: '1994-02-07', time: Date.UTC(1994, 1, 8, 5, 52, 25) });
  expect(parseSentDate('7 Feb 94 21:52 EST')).toEqual({ day: '1994-02-07', time: Date.UTC(1994, 1, 8, 2, 52) });
  for (const wrong of ['', 'today', '32 Jan 2030 00:00:00 +0000', '1 Foo 2030 00:00 +0000', '1 Jan 2030 25:00 +0000'])
    expect(parseSentDate(wrong), wrong).toBeUndefined();
});

const message = (number: number, more: Partial<OrderSummary> = {}): OrderSummary => ({
  number,
  arrival: number,
  sent: number,
  sizeBytes: 1,
  from: '',
  to: '',
  cc: '',
  displayFrom: '',
  displayTo: '',
  baseSubject: `s${number}`,
  isReply: false,
  messageId: `${number}@x`,
  references: [],
  ...more,
});

it('SORT keeps the order of what is equal', () => {
  const messages = [
    message(1, { from: 'b', sizeBytes: 5 }),
    message(2, { from: 'a' }),
    message(3, { from: 'b', sizeBytes: 9 }),
    message(4, { from: 'b', sizeBytes: 5 }),
  ];
  expect(
    sortMessages(messages, [
      { field: 'from', isReverse: true },
      { field: 'size', isReverse: false },
    ]),
  ).toEqual([1, 4, 3, 2]);
});

const shape = (nodes: readonly ThreadNode[]): string =>
  nodes.map(({ number, children }) => `${number || '.'}${children.length > 0 ? `(${shape(children)})` : ''}`).join(' ');

describe('THREAD', () => {
  it('ORDEREDSUBJECT hangs a subject below its oldest message', () => {
    const messages = [
      message(1, { baseSubject: 'b', sent: 9 }),
      message(2, { baseSubject: 'a' }),
      message(3, { baseSubject: 'b', sent: 1 }),
      message(4, { baseSubject: 'b' }),
    ];
    expect(shape(threadMessages(messages, 'ORDEREDSUBJECT'))).toBe('3(4 1) 2');
  });

  it('REFERENCES follows references, through messages that are missing', () => {
    const messages = [
      message(1),
      message(2, { references: ['1@x'] }),
      message(3, { references: ['1@x', '2@x'] }),
      message(4, { references: ['gone@x'] }),
      message(5, { references: ['gone@x'] }),
      message(6, { references: ['none@x'] }),
    ];
    expect(shape(threadMessages(messages, 'REFERENCES'))).toBe('1(2(3)) .(4 5) 6');
  });

  it('REFERENCES joins threads of a subject: replies below, equals side by side', () => {
    const messages = [
      message(1, { baseSubject: 's' }),
      message(2, { baseSubject: 's', isReply: true }),
      message(3, { baseSubject: 't' }),
      message(4, { baseSubject: 't' }),
    ];
    expect(shape(threadMessages(messages, 'REFERENCES'))).toBe('1(2) .(3 4)');
  });

  it('REFERENCES loses no message to circles, double ids or depth', () => {
    const circle = [
      message(1, { references: ['2@x'] }),
      message(2, { references: ['1@x'] }),
      message(3, { messageId: '1@x', references: ['3@x', '1@x'] }),
    ];
    const numbers = (nodes: readonly ThreadNode[]): number[] =>
      nodes.flatMap(({ number, children }) => [number, ...numbers(children)]).filter(Boolean);
    expect(numbers(threadMessages(circle, 'REFERENCES')).sort()).toEqual([1, 2, 3]);
    const deep = Array.from({ length: 20_000 }, (_, index) =>
      message(index + 1, { references: index > 0 ? [`${index}@x`] : [], baseSubject: 'd' }),
    );
    for (const messages of [deep, [...deep].reverse()]) expect(threadMessages(messages, 'REFERENCES')).toHaveLength(1);
  });
});

it('message ids lose quotes and white space', () => {
  expect(messageIds('<a@b> (c) <"d"@e>\t<f\n@g> h@i')).toEqual(['a@b', 'd@e', 'f@g']);
});
