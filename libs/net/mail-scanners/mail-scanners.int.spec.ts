import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePorts } from '#platform/ports';
import { canUnpackDebianPrograms } from '#testing/debian-programs';
import { EICAR, type RunningScanner, startClamd, startRspamd, startSpamd } from '#testing/mail-scanners';
import { scanWithClamav } from './scan-with-clamav.js';
import { scanWithRspamd } from './scan-with-rspamd.js';
import { scanWithSpamd } from './scan-with-spamd.js';
import { parseScannerAddress } from './scanner-socket.js';

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';
const TIMEOUT_MS = 20_000;
const letter = (text: string) =>
  Buffer.from(
    `From: Sara <sara@example.net>\r\nTo: reza@example.org\r\nSubject: Tuesday\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <a@example.net>\r\n\r\n${text}\r\n`,
  );
const withFile = (content: string) =>
  Buffer.from(
    `From: sara@example.net\r\nSubject: file\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee.\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\n${Buffer.from(content).toString('base64')}\r\n--b--\r\n`,
  );

describe.skipIf(!canUnpackDebianPrograms)('ClamAV', () => {
  let clamd: RunningScanner;
  beforeAll(async () => (clamd = await startClamd()));
  afterAll(() => clamd?.stop());

  it('finds a virus in an attachment, by name', async () => {
    expect(await scanWithClamav(clamd, withFile(EICAR), TIMEOUT_MS)).toEqual({
      result: 'infected',
      name: expect.stringContaining('Eicar'),
    });
  });

  it('finds nothing where nothing is', async () => {
    expect(await scanWithClamav(clamd, withFile('a'.repeat(300_000)), TIMEOUT_MS)).toEqual({ result: 'clean' });
    expect(await scanWithClamav(clamd, Buffer.alloc(0), TIMEOUT_MS)).toEqual({ result: 'clean' });
  });

  it('says so when a message is larger than it looks at', async () => {
    expect(await scanWithClamav(clamd, Buffer.alloc(3 * 1024 * 1024, 'a'), TIMEOUT_MS)).toEqual({ result: 'too-large' });
  });
});

describe.skipIf(!canUnpackDebianPrograms)('SpamAssassin', () => {
  let spamd: RunningScanner;
  beforeAll(async () => (spamd = await startSpamd()));
  afterAll(() => spamd?.stop());

  it('gives its score and the names of its rules', async () => {
    const spam = await scanWithSpamd(spamd, letter(GTUBE), TIMEOUT_MS);
    expect(spam.rules).toContain('GTUBE');
    expect(spam.score).toBeGreaterThan(spam.threshold);
    const ham = await scanWithSpamd(spamd, letter('See you on Tuesday, then. The fence was painted yesterday.'), TIMEOUT_MS);
    expect(ham.score).toBeLessThan(ham.threshold);
  });
});

describe.skipIf(!canUnpackDebianPrograms)('Rspamd', () => {
  let rspamd: RunningScanner;
  beforeAll(async () => (rspamd = await startRspamd()));
  afterAll(() => rspamd?.stop());

  it('gives its score and the names of its rules', async () => {
    const envelope = {
      mailFrom: 'sara@example.net',
      recipient: 'reza@example.org',
      remoteAddress: '192.0.2.7',
      helo: 'mx.example.net\r\nX: y',
    };
    expect(await scanWithRspamd(rspamd, letter(GTUBE), envelope, TIMEOUT_MS)).toMatchObject({ score: 15, threshold: 15, rules: ['GTUBE'] });
    expect(await scanWithRspamd(rspamd, letter('See you on Tuesday.'), envelope, TIMEOUT_MS)).toMatchObject({ threshold: 15, score: 0 });
  });
});

describe('a scanner that misbehaves', () => {
  const envelope = { mailFrom: '', recipient: 'r@example.org' };

  async function during(behave: (socket: net.Socket) => void, work: (address: { host: string; port: number }) => Promise<unknown>) {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      behave(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await work({ host: '127.0.0.1', port: (server.address() as net.AddressInfo).port });
    } finally {
      server.close();
    }
  }

  it.each([
    ['says nothing', () => undefined],
    ['closes at once', (socket: net.Socket) => socket.destroy()],
    ['says something else', (socket: net.Socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{"score": "high"}')],
    ['fails', (socket: net.Socket) => socket.end('INSTREAM: something failed ERROR\0')],
    [
      'never ends',
      (socket: net.Socket) => {
        const timer = setInterval(() => socket.write('x'.repeat(64 * 1024)), 1);
        socket.on('close', () => clearInterval(timer));
      },
    ],
  ])('that %s is unavailable', async (_, behave) => {
    await during(behave, async (address) => {
      const unavailable = { code: 'scanner_unavailable', kind: 'unavailable', retry: 'later' };
      await expect(scanWithClamav(address, letter('x'), 300)).rejects.toMatchObject(unavailable);
      await expect(scanWithSpamd(address, letter('x'), 300)).rejects.toMatchObject(unavailable);
      await expect(scanWithRspamd(address, letter('x'), envelope, 300)).rejects.toMatchObject(unavailable);
    });
  });

  it('that does not run is unavailable', async () => {
    const port = await findFreePorts(1);
    await expect(scanWithClamav({ host: '127.0.0.1', port }, letter('x'), 1_000)).rejects.toMatchObject({ code: 'scanner_unavailable' });
    await expect(scanWithClamav({ path: '/nonexistent/clamd' }, letter('x'), 1_000)).rejects.toMatchObject({ code: 'scanner_unavailable' });
  });
});

describe('the address of a scanner', () => {
  it.each([
    ['127.0.0.1:3310', { host: '127.0.0.1', port: 3310 }],
    ['[::1]:3310', { host: '::1', port: 3310 }],
    ['/run/clamav/clamd.ctl', { path: '/run/clamav/clamd.ctl' }],
    ['unix:/run/clamd', { path: '/run/clamd' }],
  ])('%s is read', (text, expected) => {
    expect(parseScannerAddress(text)).toEqual(expected);
  });

  it.each(['', 'clamd', 'host:0', 'host:70000', 'a b:1'])('%s is none', (text) => {
    expect(() => parseScannerAddress(text)).toThrow(TypeError);
  });
});
