import { type Server, type Socket, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SmtpConnection } from './smtp-connection.js';
import type { ClientTransaction, SmtpClientOptions } from './smtp-client.types.js';

/** What servers do that mean us harm, or that nobody looks after. Nothing of it may hold a connection for ever, fill memory or lose mail. */
const servers: Server[] = [];
const sockets: Socket[] = [];
const timers: NodeJS.Timeout[] = [];
afterEach(() => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function serve(script: (socket: Socket) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    script(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** Sends the pieces one after the other for as long as somebody listens. */
function drip(socket: Socket, next: (n: number) => string, everyMs: number): void {
  let n = 0;
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(next(n++))), everyMs);
  timers.push(timer);
}

type Answer = string | ((socket: Socket) => void);
type Answers = Partial<
  Record<'banner' | 'EHLO' | 'HELO' | 'STARTTLS' | 'MAIL' | 'RCPT' | 'DATA' | 'BDAT' | 'dot' | 'RSET' | 'QUIT', Answer>
>;

const polite = {
  banner: '220 ready\r\n',
  EHLO: '250 mx\r\n',
  MAIL: '250 ok\r\n',
  RCPT: '250 ok\r\n',
  DATA: '354 go\r\n',
  BDAT: '250 queued\r\n',
  dot: '250 queued\r\n',
  RSET: '250 ok\r\n',
  QUIT: '221 bye\r\n',
} satisfies Answers;

/** A server that answers each command, by the table. */
function answering(more: Answers = {}): (socket: Socket) => void {
  const answers: Answers = { ...polite, ...more };
  return (socket) => {
    let text = '';
    let isData = false;
    let chunk = 0;
    const say = (what: keyof Answers) => {
      const answer = answers[what];
      if (typeof answer === 'function') answer(socket);
      else if (answer !== undefined && !socket.destroyed) socket.write(answer);
      return answer;
    };
    say('banner');
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (;;) {
        if (chunk > 0) {
          const taken = Math.min(chunk, text.length);
          text = text.slice(taken);
          chunk -= taken;
          if (chunk > 0) return;
          say('BDAT');
        }
        const end = text.indexOf(isData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const line = text.slice(0, end);
        text = text.slice(end + (isData ? 5 : 2));
        if (isData) {
          isData = false;
          say('dot');
          continue;
        }
        const verb = line.split(/[ :]/)[0] as keyof Answers;
        if (verb === 'BDAT') chunk = Number(line.split(' ')[1]);
        else {
          const said = say(verb);
          isData = verb === 'DATA' && typeof said === 'string' && said.startsWith('354');
        }
      }
    });
  };
}

const short = { bannerMs: 300, ehloMs: 300, starttlsMs: 300, mailMs: 300, rcptMs: 300, dataMs: 300, dotMs: 300, quitMs: 50 };
const open = (port: number, options: Partial<SmtpClientOptions> = {}) =>
  SmtpConnection.open(
    { host: '127.0.0.1', port, hostname: 'mx.example.org' },
    { helo: 'client.example.org', tls: 'opportunistic', timeouts: short, ...options },
  );
const content = [Buffer.from('Subject: x\r\n\r\nhello\r\n')];
const mail = (more: Partial<ClientTransaction> = {}): ClientTransaction => ({
  mailFrom: 'a@example.org',
  rcptTo: 'b@example.com',
  content,
  sizeBytes: content[0]!.length,
  ...more,
});

describe('an endless banner', () => {
  it('line by line, each in time, ends at the deadline of the banner', async () => {
    const port = await serve((socket) => drip(socket, () => '220-welcome\r\n', 20));
    await expect(open(port)).rejects.toMatchObject({ stage: 'banner', message: expect.stringMatching(/too long|too many lines/) });
  });

  it('in one line ends when the line is longer than any', async () => {
    const port = await serve((socket) => drip(socket, () => 'x'.repeat(4_000), 1));
    await expect(open(port)).rejects.toMatchObject({ stage: 'banner', message: 'a reply line is too long' });
  });
});

describe('replies', () => {
  it('one byte at a time are read', async () => {
    const slowly = (text: string) => (socket: Socket) => {
      for (const character of text) socket.write(character);
    };
    const port = await serve(
      answering({ EHLO: slowly('250-mx\r\n250 PIPELINING\r\n'), MAIL: slowly('250 ok\r\n'), dot: slowly('250-a\r\n250 b\r\n') }),
    );
    expect(await (await open(port)).send(mail())).toMatchObject({ kind: 'accepted', reply: { text: 'a\nb' } });
  });

  it('one byte at a time without an end take no longer than silence', async () => {
    const port = await serve(answering({ MAIL: (socket) => drip(socket, (n) => '250 ok, and wait a little '[n % 26]!, 20) }));
    expect(await (await open(port)).send(mail())).toMatchObject({
      kind: 'lost',
      stage: 'mail',
      isAmbiguous: false,
      reason: 'the server took too long over one reply',
    });
  });

  it('of 10 MB in a line are not kept', async () => {
    const port = await serve(answering({ RCPT: (socket) => void socket.write(`250 ${'x'.repeat(10_000_000)}\r\n`) }));
    expect(await (await open(port)).send(mail())).toMatchObject({ kind: 'lost', stage: 'rcpt', reason: 'a reply line is too long' });
  });

  it('that nobody asked for end the connection before anything is believed', async () => {
    const early = await serve(answering({ DATA: '354 go\r\n250 queued already\r\n' }));
    const marks: string[] = [];
    expect(await (await open(early)).send(mail({ beforeFinalDot: () => marks.push('dot') }))).toMatchObject({
      kind: 'lost',
      isAmbiguous: false,
      reason: 'the server answered before it was asked',
    });
    expect(marks).toEqual([]);
    const late = await open(await serve(answering({ dot: '250 queued\r\n250 and another\r\n' })));
    expect(await late.send(mail())).toMatchObject({ kind: 'accepted' });
    await expect.poll(() => late.isUsable).toBe(false);
  });

  it('of garbage, pipelined, lose the conversation and nothing else', async () => {
    const port = await serve(answering({ EHLO: '250-mx\r\n250 PIPELINING\r\n', MAIL: '250 ok\r\n\u0000\u0001\u0002 what\r\n' }));
    expect(await (await open(port)).send(mail())).toMatchObject({ kind: 'lost', isAmbiguous: false });
  });
});

describe('a server that hangs', () => {
  it('in the TLS handshake is given up, and spoken to in the clear where that is allowed', async () => {
    let times = 0;
    const port = await serve(
      answering({
        EHLO: '250-mx\r\n250 STARTTLS\r\n',
        STARTTLS: (socket) => {
          times++;
          socket.removeAllListeners('data');
          socket.write('220 go\r\n');
        },
      }),
    );
    await expect(open(port, { tls: 'required' })).rejects.toMatchObject({ stage: 'starttls' });
    expect(times).toBeGreaterThan(0);
    const plain = await open(port);
    expect(plain.usesTls).toBe(false);
    expect(await plain.send(mail())).toMatchObject({ kind: 'accepted', tls: false });
  });

  it.each([
    ['after DATA', { dot: () => undefined }],
    ['after BDAT', { EHLO: '250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n', BDAT: () => undefined }],
  ] as [string, Answers][])('before its 250 %s leaves a doubt, and the journal knows of it', async (_name, answers) => {
    const marks: string[] = [];
    const connection = await open(await serve(answering(answers)));
    expect(await connection.send(mail({ beforeFinalDot: () => marks.push('dot') }))).toMatchObject({ kind: 'lost', isAmbiguous: true });
    expect(marks).toEqual(['dot']);
  });

  it('reading a large message in drops is given up, without a doubt', async () => {
    const port = await serve(
      answering({
        DATA: (socket) => {
          socket.write('354 go\r\n');
          socket.removeAllListeners('data');
          socket.pause();
        },
      }),
    );
    const large = Buffer.alloc(30_000_000, 'x');
    const connection = await open(port);
    expect(await connection.send(mail({ content: [large, Buffer.from('\r\n')], sizeBytes: large.length + 2 }))).toMatchObject({
      kind: 'lost',
      isAmbiguous: false,
    });
  });
});

describe('421', () => {
  const bye = '421 4.3.2 closing\r\n';
  const closing = (socket: Socket) => void socket.end(bye);
  const pipelining = '250-mx\r\n250 PIPELINING\r\n';
  const chunking = '250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n';

  it.each(['banner', 'EHLO'] as const)('to %s is why there is no connection', async (stage) => {
    await expect(open(await serve(answering({ [stage]: closing })))).rejects.toMatchObject({
      stage: stage.toLowerCase(),
      reply: { code: 421 },
    });
  });

  it('to STARTTLS is why there is none where TLS is required', async () => {
    const port = await serve(answering({ EHLO: '250-mx\r\n250 STARTTLS\r\n', STARTTLS: closing }));
    await expect(open(port, { tls: 'required' })).rejects.toMatchObject({ stage: 'starttls', reply: { code: 421 } });
  });

  it.each([
    ['MAIL', undefined],
    ['RCPT', undefined],
    ['DATA', undefined],
    ['dot', undefined],
    ['MAIL', pipelining],
    ['RCPT', pipelining],
    ['DATA', pipelining],
    ['dot', pipelining],
    ['MAIL', chunking],
    ['RCPT', chunking],
    ['BDAT', chunking],
  ] as const)('to %s defers the message, without a doubt', async (stage, ehlo) => {
    const connection = await open(await serve(answering({ ...(ehlo && { EHLO: ehlo }), [stage]: closing })));
    expect(await connection.send(mail())).toMatchObject({ kind: 'deferred', isAmbiguous: false, reply: { code: 421 } });
    expect(connection.isUsable).toBe(false);
  });

  it('between two messages is noticed before the next one', async () => {
    const connection = await open(await serve(answering({ dot: (socket) => void socket.end(`250 queued\r\n${bye}`) })));
    expect(await connection.send(mail())).toMatchObject({ kind: 'accepted' });
    await expect.poll(() => connection.isUsable).toBe(false);
  });
});

describe('what the server does not offer', () => {
  it('is not asked of it: SMTPUTF8', async () => {
    const connection = await open(await serve(answering()));
    expect(await connection.send(mail({ rcptTo: 'سارا@example.com', needsSmtpUtf8: true }))).toMatchObject({
      kind: 'rejected',
      reply: { code: 550, enhanced: '5.6.7' },
    });
    expect(connection.isUsable).toBe(true);
  });
});
