import { afterEach, describe, expect, it } from 'vitest';
import { SmtpConnection } from '#net/smtp-client';
import { type TestProxy, proxyProtocolServer, socksServer } from '#testing/proxy-servers';
import { SmtpSink } from '#testing/smtp-sink';
import { proxyHeader } from './proxy-header.js';
import { haproxyHop, socks5Hop } from './proxy-hops.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
function keep<T extends { close(): unknown }>(thing: T): T {
  open.push(thing);
  return thing;
}

const mail = { mailFrom: 'a@example.org', rcptTo: 'b@example.com', content: [Buffer.from('Subject: x\r\n\r\n')], sizeBytes: 14 };

async function through(via: ReturnType<typeof socks5Hop>, to: { host: string; port: number }) {
  const timeouts = { connectMs: 5_000, quitMs: 100 };
  return keep(await SmtpConnection.open({ ...to, hostname: 'mx.example.org', via }, { helo: 'c.example.org', tls: 'never', timeouts }));
}

describe('SOCKS5', () => {
  const hopTo = (proxy: TestProxy, username?: string, password?: string) =>
    socks5Hop({ host: '127.0.0.1', port: proxy.port, username, password });

  it('carries mail, from the address that the proxy has', async () => {
    const sink = keep(await SmtpSink.listen());
    const proxy = keep(await socksServer({ localAddress: '127.0.0.3' }));
    const connection = await through(hopTo(proxy), { host: '127.0.0.1', port: sink.port });
    expect(await connection.send(mail)).toMatchObject({ kind: 'accepted' });
    expect(sink.messages).toMatchObject([{ rcptTo: 'b@example.com', peer: '127.0.0.3' }]);
    expect(proxy.connections).toEqual([{ to: { host: '127.0.0.1', port: sink.port }, by: '' }]);
  });

  it('signs in where the proxy wants it, and says when it may not', async () => {
    const sink = keep(await SmtpSink.listen());
    const proxy = keep(await socksServer({ users: { ip7: 'secret' } }));
    const to = { host: '127.0.0.1', port: sink.port };
    await through(hopTo(proxy, 'ip7', 'secret'), to);
    expect(proxy.connections).toMatchObject([{ by: 'ip7' }]);
    await expect(through(hopTo(proxy, 'ip7', 'wrong'), to)).rejects.toThrow(/SOCKS5 proxy 127\.0\.0\.1:\d+: .*[Aa]uth/);
    await expect(through(hopTo(proxy), to)).rejects.toThrow(/SOCKS5 proxy/);
  });

  it('says why the proxy cannot connect', async () => {
    const proxy = keep(await socksServer({ refusal: 4 }));
    await expect(through(hopTo(proxy), { host: '192.0.2.1', port: 25 })).rejects.toThrow(/HostUnreachable \(192\.0\.2\.1\)/);
  });
});

describe('the PROXY protocol', () => {
  it('asks for the address to leave from', async () => {
    const sink = keep(await SmtpSink.listen());
    const proxy = keep(await proxyProtocolServer());
    const hop = haproxyHop({ host: '127.0.0.1', port: proxy.port, version: 1, local: { v4: '127.0.0.2' } });
    const connection = await through(hop, { host: '127.0.0.1', port: sink.port });
    expect(await connection.send(mail)).toMatchObject({ kind: 'accepted' });
    expect(sink.messages).toMatchObject([{ peer: '127.0.0.2' }]);
  });

  it('has nothing to ask for in a family without an address, and cannot take names', async () => {
    const proxy = keep(await proxyProtocolServer());
    const hop = haproxyHop({ host: '127.0.0.1', port: proxy.port, version: 2, local: { v4: '127.0.0.2' } });
    await expect(through(hop, { host: '::1', port: 25 })).rejects.toThrow('the source has no IPv6 address');
    await expect(through(hop, { host: 'mx.example.org', port: 25 })).rejects.toThrow('is a name');
  });

  it('writes headers as HAProxy documents them', () => {
    const v4 = { source: { host: '192.0.2.7', port: 0 }, destination: { host: '198.51.100.9', port: 25 } };
    const v6 = { source: { host: '2001:db8::7', port: 0 }, destination: { host: '2001:db8:0:1::9', port: 25 } };
    expect(proxyHeader(1, v4).toString()).toBe('PROXY TCP4 192.0.2.7 198.51.100.9 0 25\r\n');
    expect(proxyHeader(1, v6).toString()).toBe('PROXY TCP6 2001:db8::7 2001:db8:0:1::9 0 25\r\n');
    expect(proxyHeader(2, v4).toString('hex')).toBe(
      ['0d0a0d0a000d0a515549540a', '21', '11', '000c', 'c0000207', 'c6336409', '0000', '0019'].join(''),
    );
    expect(proxyHeader(2, v6).toString('hex')).toBe(
      [
        '0d0a0d0a000d0a515549540a',
        '21',
        '21',
        '0024',
        '20010db8000000000000000000000007',
        '20010db8000000010000000000000009',
        '0000',
        '0019',
      ].join(''),
    );
    expect(() => proxyHeader(2, { ...v4, destination: v6.destination })).toThrow('one address family');
  });
});
