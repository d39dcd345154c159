import { type Server, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestCertificate, testAuthority, testCertificate } from '#testing/certificates';
import { SmtpConnection } from './smtp-connection.js';
import type { SmtpClientOptions, TlsPeer } from './smtp-client.types.js';

const HOST = 'relay.example.org';
const auth = { username: 'user', password: 'pencil' };
let authority: TestCertificate;
let good: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  authority = await testAuthority();
  good = await testCertificate([HOST], { authority });
  other = await testCertificate(['other.example.org'], { authority });
});

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A relay that nobody here wrote: nodemailer's server, with credentials. */
async function relay(options: SMTPServerOptions = {}): Promise<{ port: number; users: string[] }> {
  const users: string[] = [];
  const server = new SMTPServer({
    ...good,
    authMethods: ['PLAIN', 'LOGIN'],
    logger: false,
    onAuth({ username, password, accessToken }, _session, done) {
      if (username === auth.username && (password === auth.password || accessToken === auth.password)) {
        users.push(username);
        done(null, { user: username });
      } else done(new Error('no such user, or another password'));
    },
    onData(stream, _session, done) {
      stream.resume().on('end', () => done());
    },
    ...options,
  });
  server.on('error', () => undefined);
  open.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.server.address() as { port: number }).port, users };
}

const named = (peer: TlsPeer) =>
  peer.isTrusted ? undefined : { type: 'certificate-not-trusted', reason: `not ${peer.hostname}: ${peer.untrustedBecause}` };

async function connectTo(port: number, more: Partial<SmtpClientOptions> = {}): Promise<SmtpConnection> {
  const connection = await SmtpConnection.open(
    { host: '127.0.0.1', port, hostname: HOST },
    {
      helo: 'client.example.org',
      tls: 'required',
      verifyPeer: named,
      ca: authority.cert,
      auth,
      timeouts: { bannerMs: 5_000, starttlsMs: 5_000, authMs: 5_000, quitMs: 100 },
      ...more,
    },
  );
  open.push(() => connection.close());
  return connection;
}

const mail = { mailFrom: 'a@example.org', rcptTo: 'b@example.com', content: [Buffer.from('Subject: x\r\n\r\n')], sizeBytes: 14 };

describe('a relay that wants to know who sends', () => {
  it.each(['PLAIN', 'LOGIN'] as const)('takes mail after STARTTLS and %s', async (method) => {
    const { port, users } = await relay({ authMethods: [method] });
    const connection = await connectTo(port);
    expect(await connection.send(mail)).toMatchObject({ kind: 'accepted', tls: true });
    expect(users).toEqual(['user']);
  });

  it('takes mail over TLS from the first byte', async () => {
    const { port, users } = await relay({ secure: true });
    const connection = await connectTo(port, { tls: 'implicit' });
    expect(await connection.send(mail)).toMatchObject({ kind: 'accepted', tls: true });
    expect(users).toEqual(['user']);
  });

  it('takes a token instead of a password', async () => {
    const { port, users } = await relay({ authMethods: ['XOAUTH2'] });
    await connectTo(port, { auth: { ...auth, mechanisms: ['XOAUTH2'] } });
    expect(users).toEqual(['user']);
  });

  it('refuses a wrong password in words that tell what to correct, and none that tell the password', async () => {
    const { port, users } = await relay();
    const failure = connectTo(port, { auth: { ...auth, password: 'pencils' } });
    await expect(failure).rejects.toMatchObject({ stage: 'auth', reply: { code: 535 } });
    await expect(failure).rejects.toThrow(/refuses the user name or the password/);
    await expect(failure).rejects.not.toThrow(/pencils/);
    expect(users).toEqual([]);
  });

  it('with a certificate for another name hears no password, before the first byte of SMTP or after STARTTLS', async () => {
    for (const [tls, secure] of [
      ['implicit', true],
      ['required', false],
    ] as const) {
      const { port, users } = await relay({ ...other, secure });
      await expect(connectTo(port, { tls })).rejects.toMatchObject({ stage: 'starttls' });
      expect(users).toEqual([]);
    }
  });

  it('without TLS hears no password', async () => {
    const { port, users } = await relay({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    await expect(connectTo(port, { tls: 'opportunistic', verifyPeer: () => undefined })).rejects.toMatchObject({
      stage: 'auth',
      message: expect.stringContaining('never sent in the clear'),
    });
    await expect(connectTo(port)).rejects.toMatchObject({ stage: 'starttls' });
    expect(users).toEqual([]);
  });
});

/** Speaks lines from a table over TLS from the first byte; `hang up` ends the connection. */
async function scripted(answers: Readonly<Record<string, string>>): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = [];
  const server: Server = createTlsServer({ ...good }, (socket) => {
    socket.on('error', () => undefined).write('220 ready\r\n');
    socket.on('data', (chunk: Buffer) => {
      const line = chunk.toString().trim();
      heard.push(line);
      const answer = answers[line.split(' ')[0]!] ?? '500 what?';
      if (answer === 'hang up') socket.destroy();
      else socket.write(`${answer}\r\n`);
    });
  });
  open.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, heard };
}

describe('a relay that cannot decide', () => {
  it.each([
    ['454 4.7.0 later', 454],
    ['421 4.3.2 shutting down', 421],
    ['538 5.7.11 encryption required', 538],
    ['534 5.7.9 too weak', 534],
  ])('answers %s, and nothing was sent', async (answer, code) => {
    const { port, heard } = await scripted({ EHLO: '250-relay\r\n250 AUTH PLAIN', AUTH: answer });
    await expect(connectTo(port, { tls: 'implicit' })).rejects.toMatchObject({ stage: 'auth', reply: { code } });
    expect(heard.filter((line) => line.startsWith('MAIL'))).toEqual([]);
  });

  it('hangs up in the middle', async () => {
    const { port } = await scripted({ EHLO: '250-relay\r\n250 AUTH PLAIN', AUTH: 'hang up' });
    await expect(connectTo(port, { tls: 'implicit' })).rejects.toMatchObject({ stage: 'auth', reply: undefined });
  });

  it('offers no mechanism of ours, or none at all', async () => {
    const { port } = await scripted({ EHLO: '250-relay\r\n250 AUTH GSSAPI NTLM' });
    await expect(connectTo(port, { tls: 'implicit' })).rejects.toThrow('the server offers GSSAPI, NTLM');
    const bare = await scripted({ EHLO: '250 relay' });
    await expect(connectTo(bare.port, { tls: 'implicit' })).rejects.toThrow('offers no authentication');
  });

  it('speaks no TLS where it should from the first byte', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).write('220 plain\r\n'));
    open.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(connectTo(port, { tls: 'implicit' })).rejects.toMatchObject({ stage: 'starttls' });
  });
});
