import { type Server, type Socket, createServer } from 'node:net';
import { TLSSocket, createSecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { SmtpConnection } from './smtp-connection.js';
import type { ClientTransaction, SmtpClientOptions } from './smtp-client.types.js';

type Script = (socket: Socket) => void;

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function serve(script: Script): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    script(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** A server that answers line by line: the table's value for the command's first word, or nothing. */
function dialogue(answers: Record<string, string | ((line: string, socket: Socket) => string | undefined)>, log: string[] = []): Script {
  return (socket) => {
    socket.write(typeof answers['banner'] === 'string' ? answers['banner'] : '220 ready\r\n');
    let rest = '';
    let dataLeft = 0;
    let inData = false;
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      for (;;) {
        if (dataLeft > 0) {
          const taken = Math.min(dataLeft, rest.length);
          dataLeft -= taken;
          log.push(`<${rest.slice(0, taken).length} bytes>`);
          rest = rest.slice(taken);
          if (dataLeft > 0) return;
          answer('bdat-end', '');
        }
        if (inData) {
          const end = rest.startsWith('.\r\n') ? 0 : rest.indexOf('\r\n.\r\n') + 2;
          if (end < 2 && !rest.startsWith('.\r\n')) return;
          log.push(`data:${rest.slice(0, end)}`);
          rest = rest.slice(end + 3);
          inData = false;
          answer('dot', '');
        }
        const end = rest.indexOf('\r\n');
        if (end < 0) return;
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        log.push(line);
        const word = line.split(/[ :]/)[0]!.toUpperCase();
        if (word === 'BDAT') {
          dataLeft = Number(line.split(' ')[1]);
          continue;
        }
        const said = answer(word, line);
        if (word === 'DATA' && said?.startsWith('354')) inData = true;
      }
    });
    function answer(word: string, line: string): string | undefined {
      const entry = answers[word];
      const text = typeof entry === 'function' ? entry(line, socket) : entry;
      if (text !== undefined && !socket.destroyed) socket.write(text);
      return text;
    }
  };
}

const plain = {
  EHLO: '250 mx\r\n',
  MAIL: '250 ok\r\n',
  RCPT: '250 ok\r\n',
  DATA: '354 go\r\n',
  dot: '250 2.0.0 queued\r\n',
  RSET: '250 ok\r\n',
  QUIT: '221 bye\r\n',
  'bdat-end': '250 2.0.0 queued\r\n',
};
const pipelining = { ...plain, EHLO: '250-mx\r\n250-PIPELINING\r\n250-SIZE 50000\r\n250 8BITMIME\r\n' };
const chunking = { ...plain, EHLO: '250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n' };
const short = {
  connectMs: 1000,
  bannerMs: 300,
  ehloMs: 300,
  starttlsMs: 500,
  mailMs: 300,
  rcptMs: 300,
  dataMs: 300,
  dotMs: 300,
  quitMs: 100,
};

const open = (port: number, options: Partial<SmtpClientOptions> = {}) =>
  SmtpConnection.open(
    { host: '127.0.0.1', port, hostname: 'mx.example.org' },
    { helo: 'client.example.org', tls: 'opportunistic', timeouts: short, ...options },
  );

function mail(more: Partial<ClientTransaction> = {}): ClientTransaction {
  const content = [Buffer.from('Subject: x\r\n\r\n'), Buffer.from('.dot\r\nend\r\n')];
  return {
    mailFrom: 'a@example.org',
    rcptTo: 'b@example.com',
    content,
    sizeBytes: content.reduce((sum, chunk) => sum + chunk.length, 0),
    ...more,
  };
}

describe('a transaction', () => {
  it('goes out command by command where nothing is offered', async () => {
    const log: string[] = [];
    const connection = await open(await serve(dialogue(plain, log)));
    expect(await connection.send(mail())).toMatchObject({
      kind: 'accepted',
      stage: 'dot',
      reply: { code: 250, enhanced: '2.0.0' },
      isAmbiguous: false,
    });
    expect(log).toEqual([
      'EHLO client.example.org',
      'MAIL FROM:<a@example.org>',
      'RCPT TO:<b@example.com>',
      'DATA',
      'data:Subject: x\r\n\r\n..dot\r\nend\r\n',
    ]);
    await connection.close();
  });

  it('pipelines the envelope, says its size, and reuses the connection a few hundred times', async () => {
    const log: string[] = [];
    const connection = await open(await serve(dialogue(pipelining, log)));
    for (let i = 0; i < 300; i++) expect((await connection.send(mail())).kind).toBe('accepted');
    expect(connection.sentMessages).toBe(300);
    expect(log[1]).toBe('MAIL FROM:<a@example.org> SIZE=25');
    expect(log.filter((line) => line === 'RSET')).toEqual([]);
  });

  it('takes one round trip with CHUNKING, and unstuffed', async () => {
    const log: string[] = [];
    const connection = await open(await serve(dialogue(chunking, log)));
    expect((await connection.send(mail())).kind).toBe('accepted');
    expect(log.slice(1)).toEqual(['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.com>', 'BDAT 25 LAST', '<25 bytes>']);
  });

  it.each([
    [
      '4xx to RCPT is a deferral',
      { ...pipelining, RCPT: '450 4.2.1 too fast\r\n', DATA: '503 no recipients\r\n' },
      { kind: 'deferred', stage: 'rcpt', reply: { code: 450, enhanced: '4.2.1' } },
    ],
    ['5xx to RCPT is a rejection', { ...plain, RCPT: '550 5.1.1 unknown\r\n' }, { kind: 'rejected', stage: 'rcpt', reply: { code: 550 } }],
    [
      '354 after a refused RCPT is answered with a lone dot',
      { ...pipelining, RCPT: '550 5.1.1 unknown\r\n', dot: '554 no valid recipients\r\n' },
      { kind: 'rejected', stage: 'rcpt' },
    ],
    ['5xx after the dot is a rejection', { ...pipelining, dot: '550 5.7.1 spam\r\n' }, { kind: 'rejected', stage: 'dot' }],
    [
      'a refused sender with CHUNKING is the reason given',
      { ...chunking, MAIL: '550 5.7.1 no\r\n', RCPT: '503 no\r\n', 'bdat-end': '503 no\r\n' },
      { kind: 'rejected', stage: 'mail', reply: { text: 'no' } },
    ],
  ])('%s, and the connection serves the next message after RSET', async (_name, answers, expected) => {
    const log: string[] = [];
    const table = { ...answers } as typeof plain;
    const connection = await open(await serve(dialogue(table, log)));
    expect(await connection.send(mail())).toMatchObject({ ...expected, isAmbiguous: false });
    Object.assign(table, plain, { EHLO: answers.EHLO });
    expect((await connection.send(mail())).kind).toBe('accepted');
    expect(log.filter((line) => line === 'RSET')).toHaveLength(1);
  });

  it('tells what was said when it was not accepted, of this message and from the greeting on', async () => {
    const refuseSecond = (line: string) =>
      line.includes('second') ? '550-5.1.1 no such user\r\n550 5.1.1 ask postmaster\r\n' : '250 ok\r\n';
    const connection = await open(
      await serve(dialogue({ ...pipelining, RCPT: refuseSecond, DATA: (_, socket) => (socket.destroyed ? '' : '354 go\r\n') })),
    );
    expect((await connection.send(mail())).dialogue).toBeUndefined();
    const refused = await connection.send(mail({ rcptTo: 'second@example.com' }));
    expect(refused.dialogue!.split('\n')).toEqual([
      'S: 220 ready',
      'C: EHLO client.example.org',
      'S: 250-mx',
      'S: 250-PIPELINING',
      'S: 250-SIZE 50000',
      'S: 250 8BITMIME',
      '[message 2 on this connection]',
      'C: MAIL FROM:<a@example.org> SIZE=25',
      'S: 250 ok',
      'C: RCPT TO:<second@example.com>',
      'S: 550-5.1.1 no such user',
      'S: 550 5.1.1 ask postmaster',
      'C: DATA',
      'S: 354 go',
      'C: .',
      'S: 250 2.0.0 queued',
    ]);
    await connection.close();
  });

  it('tells what was never answered when the conversation breaks', async () => {
    const connection = await open(await serve(dialogue({ ...plain, DATA: (_, socket) => void socket.destroy() })));
    const lost = await connection.send(mail());
    expect(lost.dialogue).toMatch(/C: DATA\n\[no answer\]\n\[.*(closed|ECONNRESET).*\]$/);
  });

  it('too large for the server is refused without being sent', async () => {
    const log: string[] = [];
    const connection = await open(await serve(dialogue(pipelining, log)));
    expect(await connection.send(mail({ sizeBytes: 60_000 }))).toMatchObject({ kind: 'rejected', reply: { code: 552 } });
    expect(log).toHaveLength(1);
    expect(connection.isUsable).toBe(true);
  });

  it('ends the connection after a 421', async () => {
    const connection = await open(
      await serve(dialogue({ ...pipelining, MAIL: '421 4.7.0 later\r\n', RCPT: '421 4.7.0 later\r\n', DATA: '421 4.7.0 later\r\n' })),
    );
    expect(await connection.send(mail())).toMatchObject({ kind: 'deferred', reply: { code: 421 } });
    expect(connection.isUsable).toBe(false);
  });
});

describe('a conversation that breaks', () => {
  const cases: [string, Record<string, string | ((line: string, socket: Socket) => string | undefined)>, object][] = [
    [
      'before the message is complete is no doubt',
      { ...pipelining, DATA: (_line, socket) => void socket.destroy() },
      { kind: 'lost', isAmbiguous: false },
    ],
    [
      'between the dot and its reply is ambiguous',
      { ...pipelining, dot: (_line, socket) => void socket.destroy() },
      { kind: 'lost', stage: 'dot', isAmbiguous: true },
    ],
    [
      'between BDAT LAST and its reply is ambiguous',
      { ...chunking, 'bdat-end': (_line, socket) => void socket.destroy() },
      { kind: 'lost', isAmbiguous: true },
    ],
    [
      'by silence after the dot is ambiguous',
      { ...pipelining, dot: () => undefined },
      { kind: 'lost', isAmbiguous: true, reason: 'the server was silent for too long' },
    ],
    [
      'by 354 and then nothing but silence is ambiguous only once the dot was written',
      { ...plain, DATA: () => undefined },
      { kind: 'lost', stage: 'data', isAmbiguous: false },
    ],
    [
      'after a refusal is that refusal',
      { ...pipelining, RCPT: (_line, socket) => (socket.end('550 5.1.1 unknown\r\n'), undefined) },
      { kind: 'rejected', stage: 'rcpt' },
    ],
    ['with garbage is lost', { ...plain, MAIL: 'hello there\r\n' }, { kind: 'lost', stage: 'mail', isAmbiguous: false }],
    ['with an endless line is lost', { ...plain, MAIL: `250 ${'x'.repeat(200_000)}` }, { kind: 'lost', stage: 'mail' }],
    ['with an endless reply is lost', { ...plain, MAIL: '250-x\r\n'.repeat(5000) }, { kind: 'lost', stage: 'mail' }],
  ];
  it.each(cases)('%s', async (_name, answers, expected) => {
    const marks: string[] = [];
    const connection = await open(await serve(dialogue(answers)));
    const outcome = await connection.send(mail({ beforeFinalDot: () => marks.push('dot') }));
    expect(outcome).toMatchObject(expected);
    // The mark is what a journal knows after a crash: it may never be missing where the outcome is in doubt.
    if (outcome.isAmbiguous) expect(marks).toEqual(['dot']);
    expect(connection.isUsable).toBe(false);
  });
});

describe('a connection', () => {
  it.each([
    ['is refused by a 5xx banner', { ...plain, banner: '554 5.7.1 go away\r\n' }, { stage: 'banner', reply: { code: 554 } }],
    ['gives up on a banner that never ends', { ...plain, banner: '220-wait\r\n' }, { stage: 'banner' }],
    ['gives up on a silent EHLO', { ...plain, EHLO: () => undefined }, { stage: 'ehlo' }],
    ['does not go on in the clear where TLS is required', plain, { stage: 'starttls' }],
  ])('%s', async (_name, answers, expected) => {
    await expect(open(await serve(dialogue(answers)), { tls: 'required' })).rejects.toMatchObject({
      name: 'SmtpConnectError',
      ...expected,
    });
  });

  it('falls back to HELO for an ancient server', async () => {
    const log: string[] = [];
    const connection = await open(await serve(dialogue({ ...plain, EHLO: '502 what\r\n', HELO: '250 hi\r\n' }, log)));
    expect((await connection.send(mail())).kind).toBe('accepted');
    expect(log.slice(0, 2)).toEqual(['EHLO client.example.org', 'HELO client.example.org']);
  });

  it('says plainly that nobody listens', async () => {
    const port = await serve(() => undefined);
    servers.pop()!.close();
    await expect(open(port)).rejects.toMatchObject({ stage: 'connect', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('turns TLS on where it is offered, and asks again what the server can do', async () => {
    const log: string[] = [];
    const connection = await open(await serve(await tlsServer(log)));
    expect(connection.usesTls).toBe(true);
    expect(await connection.send(mail())).toMatchObject({ kind: 'accepted', tls: true });
    expect(log.filter((line) => line.startsWith('EHLO'))).toHaveLength(2);
    await connection.close();
  });

  it('does not believe what was slipped in before TLS', async () => {
    const port = await serve(dialogue({ ...plain, EHLO: '250-mx\r\n250 STARTTLS\r\n', STARTTLS: '220 go\r\n250 injected\r\n' }));
    await expect(open(port, { tls: 'required' })).rejects.toMatchObject({
      stage: 'starttls',
      message: expect.stringContaining('in the clear'),
    });
  });

  it('goes on in the clear after a broken handshake, on a new connection, only if TLS is optional', async () => {
    const answers = {
      ...plain,
      EHLO: '250-mx\r\n250 STARTTLS\r\n',
      STARTTLS: (_line: string, socket: Socket) => (socket.write('220 go\r\nnot tls at all, sorry'), undefined),
    };
    const script = dialogue(answers);
    const connection = await open(await serve(script));
    expect(connection.usesTls).toBe(false);
    expect((await connection.send(mail())).kind).toBe('accepted');
    await expect(open(await serve(script), { tls: 'required' })).rejects.toMatchObject({ stage: 'starttls' });
  });
});

async function tlsServer(log: string[]): Promise<Script> {
  const pem = await generate([{ name: 'commonName', value: 'mx.example.org' }], { keyType: 'ec' });
  const secureContext = createSecureContext({ key: pem.private, cert: pem.cert });
  return (raw) => {
    dialogue(
      {
        ...plain,
        EHLO: '250-mx\r\n250 STARTTLS\r\n',
        STARTTLS: (_line, socket) => {
          socket.removeAllListeners('data');
          socket.write('220 go\r\n');
          const secure = new TLSSocket(socket, { isServer: true, secureContext });
          secure.on('error', () => undefined);
          dialogue({ ...plain, banner: '' }, log)(secure);
          return undefined;
        },
      },
      log,
    )(raw);
  };
}
