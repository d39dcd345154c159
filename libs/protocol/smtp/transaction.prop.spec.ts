import fc from 'fast-check';
import { expect, it } from 'vitest';
import { noCapabilities } from './capabilities.js';
import { type TransactionAction, TransactionMachine, type TransactionResult } from './transaction.js';

const content = [Buffer.from('Subject: x\r\n\r\n.dot\r\n')];
const recipients = fc.array(fc.constantFrom(250, 251, 450, 550, 552), { minLength: 1, maxLength: 12 });
const offers = fc.constantFrom({}, { pipelining: true }, { pipelining: true, chunking: true });

/** A server that knows what it answers to each RCPT, and remembers whom it took. */
function converse(codes: readonly number[], capabilities: object, dotCode: number) {
  const taken: string[] = [];
  const machine = new TransactionMachine(
    {
      mailFrom: 'a@example.org',
      rcptTo: 'r0@example.net',
      moreRecipients: codes.slice(1).map((_, n) => `r${n + 1}@example.net`),
      content,
      sizeBytes: content[0]!.length,
    },
    { ...noCapabilities, ...capabilities },
    false,
  );
  const replies: number[] = [];
  const hear = (text: string): void => {
    for (const line of text.split('\r\n')) {
      const to = /^RCPT TO:<(r(\d+)@example\.net)>$/.exec(line);
      if (to) {
        const code = codes[Number(to[2])]!;
        if (code < 300) taken.push(to[1]!);
        replies.push(code);
      } else if (line.startsWith('MAIL')) replies.push(250);
      else if (line === 'DATA') replies.push(taken.length > 0 ? 354 : 554);
      else if (line === '.' || line.startsWith('BDAT')) replies.push(taken.length > 0 ? dotCode : 554);
    }
  };
  let action: TransactionAction = machine.start();
  while (action.type !== 'done') {
    if (action.type !== 'wait') hear(Buffer.concat(action.chunks as Buffer[]).toString());
    action = machine.reply({ code: replies.shift()!, enhanced: undefined, text: '' });
  }
  const result: TransactionResult = action.result;
  return { taken, machine, result, left: replies.length };
}

it('a message to several ends for each of them as the server said, in however few flights', () => {
  fc.assert(
    fc.property(recipients, offers, fc.constantFrom(250, 451, 554), (codes, capabilities, dotCode) => {
      const { taken, machine, result, left } = converse(codes, capabilities, dotCode);
      const isTaken = (code: number) => code < 300;
      expect(taken).toEqual(codes.flatMap((code, n) => (isTaken(code) ? [`r${n}@example.net`] : [])));
      expect(codes.map((_, n) => machine.refusalOf(n)?.reply.code)).toEqual(codes.map((code) => (isTaken(code) ? undefined : code)));
      if (!codes.some(isTaken)) expect(result).toMatchObject({ kind: 'refused', stage: 'rcpt', reply: { code: codes[0] } });
      else expect(result).toMatchObject({ kind: dotCode === 250 ? 'accepted' : 'refused', stage: 'dot', reply: { code: dotCode } });
      // Every reply was heard: the connection is in step for the next message.
      expect(left).toBe(0);
    }),
  );
});
