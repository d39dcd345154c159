import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dataChunks } from './dot-stuffing.js';
import { ReplyParser, ReplySyntaxError } from './reply.js';

function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const borders = [0, ...points.map((point) => point % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, i) => bytes.subarray(borders[i], end));
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
const line = fc.string({ unit: fc.constantFrom('a', ' ', '.', '5', '-', 'é'), maxLength: 12 });
const reply = fc.record({ code: fc.integer({ min: 200, max: 599 }), lines: fc.array(line, { minLength: 1, maxLength: 4 }) });

it('reads the same replies however their bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 4 }), cuts, (replies, points) => {
      const wire = Buffer.from(
        replies
          .map(({ code, lines }) => lines.map((text, i) => `${code}${i === lines.length - 1 ? ' ' : '-'}${text}\r\n`).join(''))
          .join(''),
      );
      const whole = new ReplyParser().push(wire);
      const parser = new ReplyParser();
      expect(cut(wire, points).flatMap((chunk) => parser.push(chunk))).toEqual(whole);
      expect(whole.map(({ code }) => code)).toEqual(replies.map(({ code }) => code));
    }),
  );
});

it('meets any bytes with replies or with its own error, nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (chunks) => {
      const parser = new ReplyParser();
      try {
        for (const chunk of chunks) parser.push(Buffer.from(chunk));
      } catch (error) {
        expect(error).toBeInstanceOf(ReplySyntaxError);
      }
    }),
  );
});

it('refuses endless lines and endless replies instead of keeping them', () => {
  expect(() => new ReplyParser().push(Buffer.from(`250 ${'x'.repeat(10_000)}`))).toThrow(ReplySyntaxError);
  const flood = new ReplyParser();
  expect(() => {
    for (let i = 0; i < 1000; i++) flood.push(Buffer.from('250-again\r\n'));
  }).toThrow(ReplySyntaxError);
  expect(() => new ReplyParser().push(Buffer.from('250-a\r\n550 b\r\n'))).toThrow(ReplySyntaxError);
});

it('takes the enhanced code apart from the text, and ignores one that contradicts', () => {
  expect(new ReplyParser().push(Buffer.from('421-4.7.28 slow down\r\n421 4.7.28 please\r\n'))).toEqual([
    { code: 421, enhanced: '4.7.28', text: 'slow down\nplease' },
  ]);
  expect(new ReplyParser().push(Buffer.from('550 2.1.5 strange\r\n'))[0]).toMatchObject({ code: 550, enhanced: undefined });
});

it('doubles exactly the dots that start a line, wherever the content is cut', () => {
  const content = fc.string({ unit: fc.constantFrom('.', '\r\n', 'a', '..', '\r', '\n') });
  fc.assert(
    fc.property(content, cuts, (text, points) => {
      const sent = Buffer.concat(dataChunks(cut(Buffer.from(text), points))).toString();
      const ended = text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`;
      expect(sent).toBe(`${`\r\n${ended}`.replaceAll('\r\n.', '\r\n..').slice(2)}.\r\n`);
    }),
  );
});

it('passes on content without such dots as it is, uncopied', () => {
  const chunk = Buffer.from('Subject: x\r\n\r\na.b\r\n');
  expect(dataChunks([chunk])[0]).toBe(chunk);
});
