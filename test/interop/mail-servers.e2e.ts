import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { domainToASCII } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmtpOutcome, SmtpConnection } from '#net/smtp-client';
import { testCertificate } from '#testing/certificates';
import { type MailServer, type MailServerSetup, startEximServer, startPostfixServer, startSendmailServer } from '#testing/mail-servers';
import { Postfix } from '#testing/postfix';
import { until } from '../e2e/support/installation.js';

/** Servers that nobody here wrote, as next hops of our SMTP client: what they offer is used, and what arrives is what was sent. */
const servers = [
  { start: startPostfixServer, domain: 'postfix.test', offers: { chunking: true, smtpUtf8: true } },
  { start: startEximServer, domain: 'exim.test', offers: { chunking: true, smtpUtf8: true } },
  { start: startSendmailServer, domain: 'sendmail.test', offers: { chunking: false, smtpUtf8: false } },
];

/** Dots at line starts, an empty line at the end, a long line, eight bits. */
const body = ['سلام، این یک نامه است.', '.', '..', '.dot', '', 'From here', 'x'.repeat(900), `${'é'.repeat(300)}`, '', ''].join('\r\n');

function letter(to: string, more: Record<string, string> = {}): Buffer {
  const fields = {
    From: 'Chapar <hello@shop.example>',
    To: to,
    Subject: '=?utf-8?B?2LPZhNin2YU=?=',
    Date: 'Mon, 05 Jan 2026 10:00:00 +0000',
    'Message-ID': `<${Math.random().toString(36).slice(2)}@shop.example>`,
    'MIME-Version': '1.0',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding': '8bit',
    ...more,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${head.join('')}\r\n${body}`);
}

describe.skipIf(!Postfix.canRun).each(servers)('$domain', ({ start, domain, offers }) => {
  let folder: string;
  let server: MailServer | undefined;
  let connection: SmtpConnection | undefined;
  const idnDomain = domainToASCII(`نامه.${domain}`);

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-interop-'));
    chmodSync(folder, 0o755);
    server = await start(await setupFor(folder, domain, idnDomain));
  });

  afterAll(async () => {
    connection?.destroy();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const open = (tls: 'never' | 'required') =>
    SmtpConnection.open({ host: '127.0.0.1', port: server!.port, hostname: `mx.${domain}` }, { helo: 'mail.shop.example', tls });
  const send = (to: string, content = letter(to)): Promise<SmtpOutcome> =>
    connection!.send({
      mailFrom: 'b-1@bounces.shop.example',
      rcptTo: to,
      content: [content],
      sizeBytes: content.length,
      isEightBit: true,
      needsSmtpUtf8: /[^ -~]/.test(to),
    });
  const arrived = async (mailbox: string, n: number): Promise<Buffer[]> => {
    await until(
      () => server!.mailbox(mailbox).length >= n,
      () => `${domain} has ${server!.mailbox(mailbox).length} of ${n} messages for ${mailbox}:\n${server!.log}`,
      20_000,
    );
    return server!.mailbox(mailbox);
  };
  /** What is kept is the message that was sent, behind what the server put before it, with the line ends of Unix. */
  const isKept = (kept: readonly Buffer[], sent: Buffer) => {
    const unix = sent.toString('latin1').replaceAll('\r\n', '\n');
    return kept.some((message) => message.toString('latin1').endsWith(unix));
  };

  it.each(['never', 'required'] as const)('keeps what it got, byte for byte, with TLS %s', async (tls) => {
    connection = await open(tls);
    expect(connection.usesTls).toBe(tls === 'required');
    const before = server!.mailbox('sara').length;
    const letters = Array.from({ length: 3 }, () => letter(`sara@${domain}`));
    for (const content of letters)
      expect(await send(`sara@${domain}`, content)).toMatchObject({ kind: 'accepted', tls: tls === 'required' });
    const kept = await arrived('sara', before + 3);
    for (const content of letters) expect(isKept(kept, content)).toBe(true);
  });

  it('is used with all that it offers', () => {
    expect(connection!.offers).toMatchObject({ pipelining: true, eightBitMime: true, hasSize: true, ...offers });
  });

  it('negotiates the post-quantum exchange or at least an ephemeral one', () => {
    expect(connection!.tls).toMatchObject({ version: expect.stringMatching(/^TLSv1\.[23]$/), group: expect.any(String) });
  });

  it('gets mail for a domain in Persian by its A-labels', async () => {
    const content = letter(`ali@${idnDomain}`);
    const outcome = await send(`ali@${idnDomain}`, content);
    if (domain === 'sendmail.test') return expect(outcome).toMatchObject({ kind: 'accepted' });
    expect(isKept(await arrived('ali', 1), content)).toBe(true);
  });

  it('gets mail for a Persian local part where it can, and is not asked to where it cannot', async () => {
    const to = `سارا@${domain}`;
    const content = letter(to);
    const outcome = await send(to, content);
    if (!offers.smtpUtf8) return expect(outcome).toMatchObject({ kind: 'rejected', reply: { enhanced: '5.6.7' } });
    expect(outcome).toMatchObject({ kind: 'accepted' });
    expect(isKept(await arrived('sara-fa', 1), content)).toBe(true);
  });

  it('defers and refuses, and takes the next message on the same connection', async () => {
    expect(await send(`busy@${domain}`)).toMatchObject({ kind: 'deferred', stage: 'rcpt', reply: { enhanced: '4.2.1' } });
    expect(await send(`nobody@${domain}`)).toMatchObject({ kind: 'rejected', stage: 'rcpt', reply: { enhanced: '5.1.1' } });
    const n = server!.mailbox('sara').length;
    expect(await send(`sara@${domain}`)).toMatchObject({ kind: 'accepted' });
    await arrived('sara', n + 1);
  });
});

async function setupFor(folder: string, domain: string, idnDomain: string): Promise<MailServerSetup> {
  const { key, cert } = await testCertificate([`mx.${domain}`]);
  const [certFile, keyFile] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  return {
    domain,
    idnDomain,
    users: { sara: 'sara', ali: 'ali', سارا: 'sara-fa' },
    routes: { 'shop.example': 1 },
    certFile,
    keyFile,
  };
}
