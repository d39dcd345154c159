import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManageSieveReader, managesieveLimits } from './managesieve-reader.js';
import { managesieveCapabilities, managesieveScripts, managesieveStatus } from './managesieve-responses.js';
import type { ManageSieveEvent } from './managesieve.types.js';

function readAll(
  chunks: readonly Buffer[],
  limits = managesieveLimits.session as { lineBytes: number; literalBytes: number },
): ManageSieveEvent[] {
  const reader = new ManageSieveReader(limits);
  const events: ManageSieveEvent[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      events.push(event);
      if (event.kind === 'command' && event.command.verb === 'AUTHENTICATE') reader.expectString();
    }
  }
  return events;
}
const commands = (text: string) => readAll([Buffer.from(text)]).map((event) => (event.kind === 'command' ? event.command : event));

it('commands take strings, literals and numbers', () => {
  expect(
    commands(
      'capability\r\n\r\nPUTSCRIPT "سلام" {7+}\r\nkeep;\r\n\r\nHAVESPACE {2+}\r\nab 999\r\nSETACTIVE ""\r\nRENAMESCRIPT "a\\"b" "c"\r\nNOOP "x"\r\n',
    ),
  ).toEqual([
    { verb: 'CAPABILITY' },
    { verb: 'PUTSCRIPT', name: 'سلام', script: 'keep;\r\n' },
    { verb: 'HAVESPACE', name: 'ab', sizeBytes: 999 },
    { verb: 'SETACTIVE', name: '' },
    { verb: 'RENAMESCRIPT', from: 'a"b', to: 'c' },
    { verb: 'NOOP', tag: 'x' },
  ]);
  expect(commands('AUTHENTICATE "PLAIN"\r\n"AGEAYg=="\r\nAUTHENTICATE "plain" "AGEAYg=="\r\n')).toEqual([
    { verb: 'AUTHENTICATE', mechanism: 'PLAIN' },
    { kind: 'string', text: 'AGEAYg==' },
    { verb: 'AUTHENTICATE', mechanism: 'PLAIN', initialResponse: Buffer.from('\0a\0b') },
  ]);
});

it('what is no command says why', () => {
  for (const wrong of [
    'FOO',
    'GETSCRIPT',
    'GETSCRIPT ""',
    'GETSCRIPT "a\tb',
    'PUTSCRIPT "a"',
    '"x"',
    'HAVESPACE "a" "b"',
    'LOGOUT "x"',
    'GETSCRIPT {3+}\r\na\0b',
    'NOOP \xff',
  ])
    expect(readAll([Buffer.from(`${wrong}\r\nLOGOUT\r\n`, 'latin1')]), wrong).toMatchObject([
      { kind: 'bad', isFatal: false },
      { command: { verb: 'LOGOUT' } },
    ]);
});

describe('limits', () => {
  it('read past a script that is too large, and close where it is far too large', () => {
    const small = { lineBytes: 100, literalBytes: 10 };
    expect(readAll([Buffer.from(`PUTSCRIPT "a" {15+}\r\n${'x'.repeat(15)}\r\nLOGOUT\r\n`)], small)).toMatchObject([
      { kind: 'bad', code: 'QUOTA/MAXSIZE', isFatal: false },
      { kind: 'command' },
    ]);
    expect(readAll([Buffer.from('PUTSCRIPT "a" {4294967296+}\r\nLOGOUT\r\n')], small)).toMatchObject([{ kind: 'bad', isFatal: true }]);
    expect(readAll([Buffer.alloc(300, 97)], small)).toMatchObject([{ kind: 'bad', isFatal: true }]);
  });

  it('hold however the bytes are cut', () => {
    const piece = fc.constantFrom(
      'NOOP\r\n',
      'PUTSCRIPT "a" {3+}\r\n',
      'abc',
      '\r\n',
      '"',
      '{9999999+}\r\n',
      'LOGOUT',
      '\0',
      ' ',
      '{0+}\r\n',
      'AUTHENTICATE "PLAIN"\r\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(''));
        expect(readAll([...bytes].map((byte) => Buffer.of(byte)))).toEqual(readAll([bytes]));
      }),
      { numRuns: 500 },
    );
  });
});

it('answers', () => {
  expect(managesieveStatus('OK').toString()).toBe('OK\r\n');
  expect(managesieveStatus('NO', 'line 1:\n"x"', 'QUOTA/MAXSIZE').toString()).toBe('NO (QUOTA/MAXSIZE) {11}\r\nline 1:\n"x"\r\n');
  expect(managesieveStatus('OK', 'Done', { code: 'TAG', argument: 'x"' }).toString()).toBe('OK (TAG "x\\"") "Done"\r\n');
  expect(
    managesieveScripts([
      { name: 'a', isActive: true },
      { name: 'b', isActive: false },
    ]).toString(),
  ).toBe('"a" ACTIVE\r\n"b"\r\n');
  expect(
    managesieveCapabilities({ implementation: 'x', mechanisms: [], extensions: ['body'], hasStartTls: true, mostRedirects: 4 }).toString(),
  ).toContain('"SASL" ""\r\n"SIEVE" "body"\r\n"STARTTLS"\r\n');
});
