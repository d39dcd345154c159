import { generateKeyPairSync } from 'node:crypto';
import net from 'node:net';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import nodemailer from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { OpenDkim } from '#testing/opendkim';
import { SmtpSink } from '#testing/smtp-sink';
import { Postfix } from './postfix.js';

describe.skipIf(!Postfix.canRun)('Debian’s Postfix', () => {
  it('queues and relays from an unpacked package, and ends with all its daemons', async () => {
    const sink = await SmtpSink.listen({ keepsContent: true });
    const postfix = await Postfix.start({ main: { relayhost: `[127.0.0.1]:${sink.port}` } });
    try {
      const transport = nodemailer.createTransport({ host: '127.0.0.1', port: postfix.port, ignoreTLS: true });
      await transport.sendMail({ from: 'a@example.org', to: 'b@example.com', subject: 'relayed', text: 'hello' });
      await expect.poll(() => sink.messages.length).toBe(1);
      expect(sink.messages[0]!.content.toString()).toMatch(/^Received:[^]*\(Postfix\)[^]*Subject: relayed/);
      await expect.poll(() => postfix.queued).toBe(0);
      expect(postfix.log).toMatch(/status=sent/);
      expect(postfix.command('postqueue', '-p')).toMatch(/Mail queue is empty/);
      // The kernel counts in hundredths of a second, and one message may take less.
      expect(Number.isInteger(postfix.cpuMicros)).toBe(true);
    } finally {
      await postfix.stop();
      await sink.close();
    }
    await expect(
      new Promise((resolve, reject) => net.connect(postfix.port, '127.0.0.1', () => resolve('open')).on('error', reject)),
    ).rejects.toThrow();
  });

  it('has OpenDKIM sign what it relays', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signer = await OpenDkim.start({
      domain: 'news.example.org',
      selector: 'r1',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    });
    const sink = await SmtpSink.listen({ keepsContent: true });
    const postfix = await Postfix.start({ main: { relayhost: `[127.0.0.1]:${sink.port}`, smtpd_milters: signer.milter } });
    try {
      const transport = nodemailer.createTransport({ host: '127.0.0.1', port: postfix.port, ignoreTLS: true });
      await transport.sendMail({ from: 'hello@news.example.org', to: 'b@example.com', subject: 'signed', text: 'hello' });
      await expect.poll(() => sink.messages.length).toBe(1);
      const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
      const { results } = await dkimVerify(sink.messages[0]!.content, { resolver: () => Promise.resolve([[record]]) });
      expect(results.map(({ signingDomain, status }) => ({ signingDomain, result: status.result }))).toEqual([
        { signingDomain: 'news.example.org', result: 'pass' },
      ]);
    } finally {
      await postfix.stop();
      await signer.stop();
      await sink.close();
    }
  });
});
