// Submission over TLS: messages accepted durably a second, beside Postfix taking the same ones into its queue on the same disk.
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { testCertificate } from '#testing/certificates';
import { Postfix } from '#testing/postfix';
import { findFreePorts } from '#platform/ports';
import { receiptOf, withApi } from './api/setup.js';
import { type ReadyMessage, dotStuffed, sendReady } from './send/ready-client.js';
import { onInterrupt } from './support/interrupt.js';
import { Report, median, option } from './support/report.js';

const messages = option('messages', 10_000);
const rounds = option('rounds', 5);
const connections = option('connections', 50);

const samples: ReadyMessage[] = await Promise.all(
  Array.from({ length: 200 }, async (_, n) => {
    const { from, to, ...rest } = receiptOf(n);
    const content = await new MailComposer({ from, to, subject: rest.subject, html: rest.html, text: rest.text, newline: '\r\n' })
      .compile()
      .build();
    return { mailFrom: from.replace(/^.*<|>$/g, ''), rcptTo: to[0]!, data: dotStuffed(content) };
  }),
);

await withApi('ingest-smtp', async ({ serveSubmission, source, databaseCpu, folder }) => {
  const report = new Report('ingest-smtp', {
    messages,
    'bytes each': Math.round(median(samples.map(({ data }) => data.length))),
    connections,
    rounds,
  });
  const chapar = await serveSubmission();
  const peer = Postfix.canRun ? await startPostfix(folder) : undefined;
  if (!peer) report.note('Postfix needs root and Debian: without it');
  const into = (port: number, password?: string) =>
    sendReady({ port, messages: samples, connections, count: messages, usesTls: true, ...(password !== undefined && { password }) });
  onInterrupt(async () => {
    await peer?.postfix.stop();
  });
  const rates = { chapar: [] as number[], postfix: [] as number[] };
  const work = { server: [] as number[], database: [] as number[], postfix: [] as number[] };
  // The first round of both warms up.
  for (let round = 0; round <= rounds; round++) {
    const [server, database] = [chapar.cpu(), databaseCpu()];
    const ours = await timed(() => into(chapar.port, chapar.key));
    const [serverUsed, databaseUsed] = [chapar.cpu() - server, databaseCpu() - database];
    const before = peer?.postfix.cpuMicros ?? 0;
    const theirs = peer
      ? await timed(() => into(peer.port)).catch((error: unknown) => {
          throw new Error(`Postfix takes no mail:\n${peer.postfix.log.slice(-2_000)}`, { cause: error });
        })
      : Number.NaN;
    if (peer) peer.postfix.command('postsuper', '-d', 'ALL');
    report.note(
      `${round === 0 ? 'warming up' : `round ${round}`}: Chapar ${Math.round(messages / ours)}/s, Postfix ${Math.round(messages / theirs)}/s`,
    );
    if (round === 0) continue;
    rates.chapar.push(messages / ours);
    rates.postfix.push(messages / theirs);
    work.server.push(serverUsed / messages);
    work.database.push(databaseUsed / messages);
    work.postfix.push(((peer?.postfix.cpuMicros ?? 0) - before) / messages);
  }
  const [{ n }] = (await source.query('SELECT count(*)::int AS n FROM deliveries')) as [{ n: number }];
  if (n !== messages * (rounds + 1)) throw new Error(`${messages * (rounds + 1)} were accepted and ${n} are in the queue`);
  report.figure('Chapar', median(rates.chapar), 'messages/s', peer ? { peer: median(rates.postfix), wanted: 1.5 } : {});
  report.figure('CPU of the listener', median(work.server) * 1e6, 'µs a message');
  report.figure('CPU of the database', median(work.database) * 1e6, 'µs a message');
  if (peer) {
    report.figure('Postfix', median(rates.postfix), 'messages/s');
    report.figure('CPU of Postfix', median(work.postfix), 'µs a message');
  }
  report.print();
  await chapar.stop();
  await peer?.postfix.stop();
});

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** Takes mail over TLS from the first byte into its hold queue: with fsync, and without the work of sending it on. */
async function startPostfix(folder: string): Promise<{ postfix: Postfix; port: number }> {
  const port = await findFreePorts(1);
  const { key, cert } = await testCertificate(['localhost']);
  const files = path.join(folder, 'postfix-tls');
  mkdirSync(files);
  for (const [name, text] of [
    ['key.pem', key],
    ['cert.pem', cert],
  ] as const)
    writeFileSync(path.join(files, name), text);
  for (const place of [folder, files]) chmodSync(place, 0o755);
  const postfix = await Postfix.start({
    parent: folder,
    main: {
      default_process_limit: connections + 50,
      smtpd_client_connection_count_limit: 0,
      smtpd_client_connection_rate_limit: 0,
      smtpd_peername_lookup: 'no',
      smtpd_client_restrictions: 'check_client_access static:HOLD',
      smtpd_tls_key_file: path.join(files, 'key.pem'),
      smtpd_tls_cert_file: path.join(files, 'cert.pem'),
      max_use: 100_000,
      queue_minfree: 0,
    },
    services: [`127.0.0.1:${port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt`],
  });
  return { postfix, port };
}
