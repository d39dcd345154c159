import nodemailer from 'nodemailer';
import type { PeerJob } from './messages.js';
import { sendingDomain } from './messages.js';

// The peer: nodemailer's pooled transport with DKIM. It renders nothing and records nothing; its messages are ready.
process.on('message', (job: PeerJob) => void run(job));
process.on('disconnect', () => process.exit(0));
process.send!('ready');

async function run({ port, connections, count, messages, privateKey }: PeerJob): Promise<void> {
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    ignoreTLS: true,
    dkim: { domainName: sendingDomain, keySelector: 'r1', privateKey },
  });
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let next = 0;
  const sender = async () => {
    while (next < count) {
      const message = messages[next++ % messages.length]!;
      await transport.sendMail({
        from: { name: 'News', address: `hello@${sendingDomain}` },
        to: message.to,
        envelope: { from: message.envelopeFrom, to: message.to },
        subject: message.subject,
        html: message.html,
        text: message.text,
        headers: {
          'List-Unsubscribe': `<${message.unsubscribeUrl}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          'Feedback-ID': 'bench:bulk:chapar:1',
        },
      });
    }
  };
  // Two in hand for each connection, so that none of them ever waits for the next message.
  await Promise.all(Array.from({ length: connections * 2 }, sender));
  const seconds = (performance.now() - startedAt) / 1000;
  transport.close();
  process.send!({ seconds, cpu: process.cpuUsage(before) });
}
