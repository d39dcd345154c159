import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DotStuffer } from './dot-stuffer.js';
import { Pop3Machine } from './pop3-machine.js';
import { Pop3Reader, parsePop3Command } from './pop3-reader.js';
import type { Pop3Action, Pop3Event } from './pop3.types.js';

const settings = { hostname: 'mx.test', mechanisms: ['PLAIN'], hasTls: true, mayLogInWithoutTls: false };
const said = (actions: readonly Pop3Action[]) => actions.map((action) => (action.kind === 'write' ? action.bytes.toString() : action));
const talk = (machine: Pop3Machine, line: string) => {
  const command = parsePop3Command(Buffer.from(line));
  return typeof command === 'string' ? command : said(machine.handle(command));
};

describe('a session', () => {
  it('logs in over TLS alone, and forgets the user with it', () => {
    const machine = new Pop3Machine(settings, false);
    expect(said(machine.greet())).toEqual(['+OK mx.test POP3 ready\r\n']);
    expect(talk(machine, 'USER sara')).toEqual(['-ERR [SYS/PERM] Start TLS before you log in\r\n']);
    expect(machine.capabilities()).toContain('STLS');
    expect(machine.capabilities()).not.toContain('USER');
    expect(talk(machine, 'STLS')).toEqual(['+OK Begin TLS\r\n', { kind: 'start-tls' }]);
    machine.tlsStarted();
    expect(talk(machine, 'PASS x')).toEqual(['-ERR USER comes first\r\n']);
    expect(talk(machine, 'user sara')).toEqual(['+OK Send the password\r\n']);
    expect(talk(machine, 'PASS  a b ')).toEqual([{ kind: 'log-in', username: 'sara', password: ' a b ' }]);
    expect(talk(machine, 'STAT')).toEqual(['-ERR Wait for the answer before\r\n']);
    expect(said(machine.refused('No', 'AUTH'))).toEqual(['-ERR [AUTH] No\r\n']);
    expect(talk(machine, 'AUTH PLAIN AGEAYg==')).toEqual([
      { kind: 'authenticate', mechanism: 'PLAIN', initialResponse: Buffer.from('\0a\0b') },
    ]);
    expect(said(machine.loggedIn([]))).toEqual(['+OK 0 messages (0 octets)\r\n']);
    expect(talk(machine, 'USER sara')).toEqual(['-ERR Not after log-in\r\n']);
  });

  it('shows the maildrop, and deletes at QUIT what is marked', () => {
    const machine = new Pop3Machine(settings, true);
    talk(machine, 'UTF8');
    machine.loggedIn([
      { sizeBytes: 10, uidl: 'a' },
      { sizeBytes: 20, uidl: 'b', isUtf8: true },
      { sizeBytes: 30, uidl: 'c' },
    ]);
    expect(talk(machine, 'DELE 1')).toEqual(['+OK Message 1 will be deleted\r\n']);
    expect(talk(machine, 'STAT')).toEqual(['+OK 2 50\r\n']);
    expect(talk(machine, 'LIST')).toEqual(['+OK 2 messages\r\n2 20\r\n3 30\r\n.\r\n']);
    expect(talk(machine, 'UIDL 3')).toEqual(['+OK 3 c\r\n']);
    expect(talk(machine, 'RETR 1')).toEqual(['-ERR The message is deleted\r\n']);
    expect(talk(machine, 'TOP 2 5')).toEqual(['+OK The top follows\r\n', { kind: 'send-message', index: 1, lines: 5 }]);
    expect(talk(machine, 'RETR 9')).toEqual(['-ERR There is no such message\r\n']);
    talk(machine, 'RSET');
    talk(machine, 'DELE 3');
    expect(talk(machine, 'QUIT')).toEqual([{ kind: 'commit', indexes: [2] }]);
    expect(said(machine.committed(true))).toEqual(['+OK Bye\r\n', { kind: 'close' }]);
  });

  it('keeps raw UTF-8 from clients that did not ask for it', () => {
    const machine = new Pop3Machine(settings, true);
    machine.loggedIn([{ sizeBytes: 1, uidl: 'a', isUtf8: true }]);
    expect(talk(machine, 'RETR 1')).toEqual(['-ERR [UTF8] The message needs UTF8\r\n']);
    expect(talk(machine, 'LANG')).toEqual(['+OK Languages follow\r\nen English\r\n.\r\n']);
    expect(talk(machine, 'LANG fa')).toEqual(['-ERR This language is not spoken here\r\n']);
  });
});

it('commands that are none say why', () => {
  expect(
    ['', 'APOP a b', 'RETR', 'RETR x', 'TOP 1', 'STAT 1', 'PASS', 'AUTH PLAIN !'].map((line) => typeof parsePop3Command(Buffer.from(line))),
  ).toEqual(Array<string>(8).fill('string'));
});

function readAll(chunks: readonly Buffer[]): Pop3Event[] {
  const reader = new Pop3Reader();
  const events: Pop3Event[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      events.push(event);
      if (event.kind === 'command' && event.command.verb === 'AUTH') reader.expectLine();
    }
  }
  return events;
}

it('the reader says the same however the bytes are cut, whatever they are', () => {
  const line = fc.oneof(
    fc.constantFrom('USER a\r\n', 'PASS b\n', 'AUTH PLAIN\r\n', 'abc\r\n', 'TOP 1 2\r\n', '\r\n', '\0\xff\n'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const bytes = Buffer.from(lines.join(''), 'latin1');
      expect(readAll([...bytes].map((byte) => Buffer.of(byte)))).toEqual(readAll([bytes]));
    }),
  );
  expect(readAll([Buffer.alloc(10_000, 97)])).toEqual([{ kind: 'bad', text: 'The line is too long', isFatal: true }]);
});

describe('dot stuffing', () => {
  const stuff = (chunks: readonly Buffer[], lines?: number) => {
    const stuffer = new DotStuffer(lines);
    return Buffer.concat([...chunks.map((chunk) => stuffer.push(chunk)), stuffer.end()]).toString('latin1');
  };

  it('is undone by its reader, however the message is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('.', '\r\n', '\n', '\r', 'a', ' '), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (message, size) => {
        const bytes = Buffer.from(message, 'latin1');
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, index * size + size),
        );
        const sent = stuff(chunks);
        expect(sent.endsWith('.\r\n')).toBe(true);
        const lines = sent
          .slice(0, -3)
          .split('\r\n')
          .map((line) => (line.startsWith('..') ? line.slice(1) : line));
        const normal = message.replace(/\r?\n|\r$/g, '\n');
        expect(lines.join('\n')).toBe(normal === '' || normal.endsWith('\n') ? normal : `${normal}\n`);
        expect(sent.slice(0, -3)).not.toMatch(/(^|\r\n)\.\r\n/);
      }),
    );
  });

  it('of TOP ends with the lines asked for', () => {
    const message = [Buffer.from('A: b\r\n\r\n1\r\n2\r\n3\r\n')];
    expect(stuff(message, 0)).toBe('A: b\r\n\r\n.\r\n');
    expect(stuff(message, 2)).toBe('A: b\r\n\r\n1\r\n2\r\n.\r\n');
    expect(stuff(message, 9)).toBe('A: b\r\n\r\n1\r\n2\r\n3\r\n.\r\n');
  });
});
