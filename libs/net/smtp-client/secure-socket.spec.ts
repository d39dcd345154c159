import { type Server, type Socket, createServer } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestCertificate, testAuthority, testCertificate } from '#testing/certificates';
import { SmtpSink, type SmtpSinkOptions } from '#testing/smtp-sink';
import { SmtpConnection } from './smtp-connection.js';
import type { SmtpClientOptions } from './smtp-client.types.js';

const HOST = 'mx.example.org';
let authority: TestCertificate;
let good: TestCertificate;

beforeAll(async () => {
  authority = await testAuthority();
  good = await testCertificate([HOST], { authority });
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function sinkWith(tls: SecureContextOptions | undefined, more: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await SmtpSink.listen({ ...(tls && { tls }), ...more });
  open.push(sink);
  return sink;
}

async function connectTo(port: number, more: Partial<SmtpClientOptions> = {}): Promise<SmtpConnection> {
  const connection = await SmtpConnection.open(
    { host: '127.0.0.1', port, hostname: HOST },
    { helo: 'client.example.org', tls: 'opportunistic', ca: authority.cert, timeouts: { starttlsMs: 10_000, quitMs: 100 }, ...more },
  );
  open.push(connection);
  return connection;
}

const mail = { mailFrom: 'a@example.org', rcptTo: 'b@example.com', content: [Buffer.from('Subject: x\r\n\r\n')], sizeBytes: 14 };

describe('the key exchange', () => {
  it.each([
    ['auto', 'X25519MLKEM768'],
    ['X25519MLKEM768', 'X25519MLKEM768'],
    ['X25519', 'X25519'],
    ['P-256', 'prime256v1'],
    ['P-384', 'secp384r1'],
  ])('with a server that offers %s is %s', async (ecdhCurve, group) => {
    const connection = await connectTo((await sinkWith({ ...good, ecdhCurve })).port);
    expect(connection.tls).toEqual({ version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', group, isTrusted: true });
    expect(await connection.send(mail)).toMatchObject({ kind: 'accepted', tls: true });
  });

  it('with a server of the last decade is classic', async () => {
    const connection = await connectTo((await sinkWith({ ...good, maxVersion: 'TLSv1.2' })).port);
    expect(connection.tls).toMatchObject({ version: 'TLSv1.2', cipher: expect.stringMatching(/^TLS_ECDHE_ECDSA_/), group: 'X25519' });
  });

  it('is tried again without post-quantum groups where a long greeting breaks something on the way', async () => {
    const sink = await sinkWith(good);
    const port = await boxThatDropsLongGreetings(sink.port);
    const connection = await connectTo(port, { tls: 'required' });
    expect(connection.tls).toMatchObject({ version: 'TLSv1.3', group: 'X25519' });
    expect(sink.connections).toBe(2);
  });
});

describe('who answers', () => {
  it('is asked by name, and known afterwards', async () => {
    const sink = await sinkWith({ ...good, cert: `${good.cert}\n${authority.cert}` });
    const connection = await connectTo(sink.port);
    await connection.send(mail);
    expect(sink.messages[0]!.tls).toEqual({ version: 'TLSv1.3', serverName: HOST });
    expect(connection.peer!.chain().map(({ fingerprint256 }) => fingerprint256)).toEqual([
      good.x509.fingerprint256,
      authority.x509.fingerprint256,
    ]);
    expect((await connectTo(sink.port, { serverName: 'other.example.org' })).tls).toMatchObject({
      isTrusted: false,
      untrustedBecause: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it.each([
    ['a stranger', () => testCertificate([HOST]), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['somebody else', () => testCertificate(['mx.example.net'], { authority }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['somebody whose time is over', () => testCertificate([HOST], { authority, isExpired: true }), 'CERT_HAS_EXPIRED'],
  ])('may be %s as long as nobody minds', async (_who, make, untrustedBecause) => {
    const connection = await connectTo((await sinkWith(await make())).port);
    expect(connection.tls).toMatchObject({ isTrusted: false, untrustedBecause });
    expect((await connection.send(mail)).kind).toBe('accepted');
  });

  it('is refused when the judge says so, before any mail', async () => {
    const sink = await sinkWith(good);
    const judge = { tls: 'required', verifyPeer: () => ({ type: 'validation-failure', reason: 'not you' }) } as const;
    await expect(connectTo(sink.port, judge)).rejects.toMatchObject({
      stage: 'starttls',
      message: 'not you',
      tlsProblem: { type: 'validation-failure', reason: 'not you' },
      host: '127.0.0.1',
    });
    expect(sink.connections).toBe(1);
    expect(sink.messages).toEqual([]);
  });
});

describe('a server without TLS', () => {
  it('gets its mail in the clear if that is allowed, and the reason is known', async () => {
    const connection = await connectTo((await sinkWith(undefined)).port);
    expect(connection.tls).toBeUndefined();
    expect(connection.tlsProblem).toMatchObject({ type: 'starttls-not-supported' });
    expect(await connection.send(mail)).toMatchObject({ kind: 'accepted', tls: false });
  });

  it('gets none if it is not', async () => {
    await expect(connectTo((await sinkWith(undefined)).port, { tls: 'required' })).rejects.toMatchObject({
      stage: 'starttls',
      tlsProblem: { type: 'starttls-not-supported' },
    });
  });

  it('that only claims to have it is told from one without', async () => {
    const sink = await sinkWith(undefined, { extensions: ['STARTTLS'] });
    const connection = await connectTo(sink.port);
    expect(connection.tlsProblem).toMatchObject({ type: 'starttls-not-supported' });
    expect(await connection.send(mail)).toMatchObject({ kind: 'accepted', tls: false });
  });
});

/** A relay that breaks the connection when the client's first TLS record is longer than a packet. */
async function boxThatDropsLongGreetings(port: number): Promise<number> {
  const { connect } = await import('node:net');
  const sockets: Socket[] = [];
  const server: Server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => undefined).on('close', () => (client.destroy(), upstream.destroy()));
    upstream.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk) => {
      if (chunk[0] === 0x16 && chunk.length > 1400) client.destroy();
      else upstream.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return (server.address() as { port: number }).port;
}
