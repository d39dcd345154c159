import nodemailer from 'nodemailer';
import type { PeerJob } from './messages.js';
import { mailOf, sendingDomain } from './messages.js';

// The peer: nodemailer's pooled transport with DKIM. It renders nothing and records nothing; its messages are ready.
process.on('message', (job: PeerJob) => void run(job));
process.on('disconnect', () => process.exit(0));
process.send!('ready');

async function run({ port, connections, count, messages, privateKey, usesTls }: PeerJob): Promise<void> {
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    ...(usesTls ? { requireTLS: true, tls: { rejectUnauthorized: false } } : { ignoreTLS: true }),
    ...(privateKey && { dkim: { domainName: sendingDomain, keySelector: 'r1', privateKey } }),
  });
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let next = 0;
  const sender = async () => {
    while (next < count) {
      const message = messages[next++ % messages.length]!;
      await transport.sendMail({
        ...mailOf(message),
        envelope: { from: message.envelopeFrom, to: message.to },
      });
    }
  };
  // Two in hand for each connection, so that none of them ever waits for the next message.
  await Promise.all(Array.from({ length: connections * 2 }, sender));
  const seconds = (performance.now() - startedAt) / 1000;
  transport.close();
  process.send!({ seconds, cpu: process.cpuUsage(before) });
}
