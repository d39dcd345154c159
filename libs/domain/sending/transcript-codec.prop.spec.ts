import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packTranscript, unpackTranscript } from './transcript-codec.js';

it('gives back what it was given', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 8_000 }), (text) => {
      expect(unpackTranscript(packTranscript(text))).toBe(text.toWellFormed());
    }),
  );
});

it('meets any bytes with a text or with nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(['string', 'undefined']).toContain(typeof unpackTranscript(bytes));
      expect(['string', 'undefined']).toContain(typeof unpackTranscript(Uint8Array.of(1, ...bytes)));
    }),
  );
});

it('makes a usual refusal small', () => {
  const text = [
    'S: 220 mx1.example.net ESMTP Postfix',
    'C: EHLO mta7.sender.example',
    ...['mx1.example.net', 'PIPELINING', 'SIZE 36700160', 'STARTTLS', 'ENHANCEDSTATUSCODES', '8BITMIME'].map((line) => `S: 250-${line}`),
    'S: 250 SMTPUTF8',
    'C: MAIL FROM:<b-aabbccddeeffgghhiijjkkllmmnnoopp@bounces.sender.example> SIZE=41234',
    'S: 250 2.1.0 Ok',
    'C: RCPT TO:<somebody@example.net>',
    'S: 550 5.1.1 <somebody@example.net>: Recipient address rejected: User unknown in virtual mailbox table',
    'C: DATA',
    'S: 554 5.5.1 Error: no valid recipients',
  ].join('\n');
  expect(packTranscript(text).length).toBeLessThan(text.length / 2);
});
