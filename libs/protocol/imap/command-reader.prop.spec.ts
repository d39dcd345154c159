import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandReader } from './command-reader.js';
import { preLoginLimits, sessionLimits } from './limits.js';
import type { ReaderEvent } from './reader.types.js';

/** Events with what was handed over in pieces joined. */
function readAll(chunks: readonly Buffer[], limits = sessionLimits): unknown[] {
  const reader = new CommandReader(limits);
  const events: unknown[] = [];
  let data: Buffer[] = [];
  const take = (event: ReaderEvent) => {
    if (event.kind === 'append-data') data.push(Buffer.from(event.data));
    else {
      if (data.length > 0) events.push(Buffer.concat(data).toString('hex'));
      data = [];
      events.push(event);
    }
    if (event.kind === 'append-message') reader.acceptLiteral();
    if (event.kind === 'command' && event.command.name === 'IDLE') reader.expectLine();
  };
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let event = reader.next(); event !== undefined; event = reader.next()) take(event);
  }
  return events;
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((left, right) => left - right);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

const line = fc.constantFrom(
  'a NOOP\r\n',
  '\r\n',
  'b LOGIN {3}\r\njoe {2+}\r\npw\r\n',
  'c IDLE\r\nDONE\r\n',
  'd APPEND INBOX (\\Seen) {11+}\r\nSubject: x\n {3}\r\nabc\r\n',
  'e SEARCH OR SUBJECT "a b" NOT BODY {4}\r\na\r\nb\r\n',
  'f FETCH 1:3,7 (FLAGS BODY.PEEK[1.HEADER.FIELDS (A)]<0.3>)\r\n',
  'g WHAT {5+}\r\nhello\r\n',
  'h LOGIN {100000+}\r\n',
  'i APPEND x {999999999}\r\n',
  '* bad "\r\n',
);

describe('the command reader', () => {
  it('says the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 30 }), (lines, cuts) => {
        const bytes = Buffer.from(lines.join(''), 'latin1');
        const whole = readAll([bytes]);
        expect(readAll(cut(bytes, cuts))).toEqual(whole);
        expect(readAll([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it('survives any bytes', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(
          fc.oneof(
            line,
            fc.constantFrom(
              '(',
              ')',
              '{',
              '}',
              '~',
              '"',
              '\\',
              '[',
              ']',
              '<',
              '>',
              '{1}\r\n',
              '\r\n',
              ' ',
              '$',
              '*',
              ':',
              'a FETCH 1 ',
              'a SEARCH ',
              'a LIST ',
              'a NOTIFY SET ',
              'a APPEND ',
              'UID ',
              'NIL',
              '\0',
              '\xff',
            ),
          ),
          { maxLength: 40 },
        )
        .map((parts) => Buffer.from(parts.join(''), 'latin1')),
    );
    fc.assert(
      fc.property(noise, fc.boolean(), (bytes, isBefore) => {
        const limits = isBefore ? preLoginLimits : sessionLimits;
        expect(
          readAll(
            [...bytes].map((byte) => Buffer.from([byte])),
            limits,
          ),
        ).toEqual(readAll([bytes], limits));
      }),
      { numRuns: 500 },
    );
  });
});
