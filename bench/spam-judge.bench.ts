// Judges letters, bounces and made-up newsletters over and over, with and without counts of a workspace's own; against what
// the machine takes to only split them into parts, and SpamAssassin where Debian's packages can be unpacked.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '#base/kernel';
import { scanWithSpamd } from '#net/mail-scanners';
import { readMime } from '#protocol/dsn';
import { type TrainedCounts, examine, judge } from '#protocol/spam';
import { canUnpackDebianPrograms } from '#testing/debian-programs';
import { startSpamd } from '#testing/mail-scanners';
import { Report, option } from './support/report.js';

const rounds = option('rounds', 20);
const peerMessages = option('peer-messages', 60);
const folder = path.join(process.cwd(), 'libs', 'protocol', 'dsn');

function samples(): Buffer[] {
  const dialects = readFileSync(path.join(folder, 'corpus', 'dialects.samples'), 'utf8')
    .split(/^=== .*\n/m)
    .slice(1)
    .map((text) => Buffer.from(text));
  const fixtures = readdirSync(path.join(folder, 'fixtures'))
    .filter((name) => /\.(eml|txt)$/.test(name))
    .map((name) => readFileSync(path.join(folder, 'fixtures', name)));
  const newsletters = Array.from({ length: 60 }, (_, number) => newsletter(number));
  return [...dialects, ...fixtures, ...newsletters];
}

/** About 30 KB of HTML beside its plain text, as shops send it. */
function newsletter(number: number): Buffer {
  const row = (n: number) =>
    `<tr><td style="padding:8px;font-size:14px;color:#333333"><a href="https://shop.example/p/${number}-${n}?utm_source=mail"><img src="https://shop.example/i/${n}.jpg" width="280" alt="Item ${n}"></a><p style="margin:0">کتاب شماره ${n}: a fine thing for the winter, made by hand in number ${n}, ab Montag wieder lieferbar.</p></td></tr>`;
  const rows = Array.from({ length: 90 }, (_, n) => row(n + number));
  const text = rows.map((html) => html.replace(/<[^>]+>/g, ' ')).join('\r\n');
  return Buffer.from(
    [
      'Received: from mx.shop.example (mx.shop.example [192.0.2.7]) by mail.example.org; Mon, 2 Mar 2026 10:00:01 +0000',
      'From: Shop <news@shop.example>',
      'To: reza@example.org',
      `Subject: What is new this week (${number})`,
      'Date: Mon, 2 Mar 2026 10:00:00 +0000',
      `Message-ID: <n${number}@shop.example>`,
      'List-Unsubscribe: <https://shop.example/u/1>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      '',
      text,
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      `<html><body><table>${rows.join('\r\n')}</table></body></html>`,
      '--b--',
      '',
    ].join('\r\n'),
  );
}

/** Messages per second of processor time: what a core does, whoever else is at work on this machine. */
function rate(all: readonly Buffer[], times: number, read: (raw: Buffer) => unknown): number {
  const before = process.cpuUsage();
  for (let round = 0; round < times; round++) for (const raw of all) read(raw);
  const { user, system } = process.cpuUsage(before);
  return (all.length * times) / ((user + system) / 1e6);
}

function countsOf(all: readonly Buffer[]): TrainedCounts {
  const tokens = new Map<number, { spam: number; ham: number }>();
  all.forEach((raw, index) => {
    for (const { hash } of examine(raw).tokens) {
      const count = tokens.get(hash) ?? { spam: 0, ham: 0 };
      tokens.set(hash, index % 2 ? { ...count, spam: count.spam + 1 } : { ...count, ham: count.ham + 1 });
    }
  });
  return { messages: { spam: Math.floor(all.length / 2), ham: Math.ceil(all.length / 2) }, tokens };
}

const all = samples();
const letters = all.filter((raw) => raw.length < 10_000);
const large = all.filter((raw) => raw.length >= 10_000);
const trained = countsOf(all);
rate(all, 3, (raw) => judge(examine(raw), { trained }));
/** Messages a second of SpamAssassin with its own rules, one process, no network; letters and newsletters as they come. */
async function peerRate(): Promise<number> {
  const spamd = await startSpamd();
  try {
    const step = Math.max(1, Math.floor(all.length / peerMessages));
    const asked = all.filter((_, index) => index % step === 0);
    await scanWithSpamd(spamd, asked[0]!, 60_000);
    const startedAt = performance.now();
    for (const raw of asked) await scanWithSpamd(spamd, raw, 60_000);
    return asked.length / ((performance.now() - startedAt) / 1000);
  } finally {
    await spamd.stop();
  }
}

const withOwn = (raw: Buffer) => judge(examine(raw), { trained });
const limit = rate(all, rounds, (raw) => readMime(raw));
const report = new Report('spam-judge', { messages: all.length, rounds });
const peer = canUnpackDebianPrograms
  ? await peerRate().catch((error: unknown) => report.note(`without SpamAssassin: ${messageOf(error)}`))
  : undefined;
report.limit('only splitting into parts', limit);
report.figure(
  'judged, as shipped',
  rate(all, rounds, (raw) => judge(examine(raw))),
  'messages/s',
  { limit },
);
report.figure('judged, with counts of its own', rate(all, rounds, withOwn), 'messages/s', { peer: peer ?? undefined });
if (peer) report.figure('SpamAssassin, without Bayes', peer, 'messages/s');
report.figure('letters and reports alone', rate(letters, rounds, withOwn), 'messages/s');
report.figure('newsletters of 40 KB alone', rate(large, rounds, withOwn), 'messages/s');
report.print();
