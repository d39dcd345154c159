// Reads reports of every kind over and over; against what the machine takes to only split them into parts.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readReport } from '#protocol/dsn';
import { Report, option } from './support/report.js';

const rounds = option('rounds', 40);
const WANTED = 2_000;
const folder = path.join(process.cwd(), 'libs', 'protocol', 'dsn');

function samples(): Buffer[] {
  const files = ['fixtures', path.join('corpus', 'flufl.bounce')].flatMap((name) =>
    readdirSync(path.join(folder, name)).map((file) => path.join(folder, name, file)),
  );
  const dialects = readFileSync(path.join(folder, 'corpus', 'dialects.samples'), 'utf8')
    .split(/^=== .*\n/m)
    .slice(1);
  return [
    ...files.filter((file) => /\.(eml|txt)$/.test(file)).map((file) => readFileSync(file)),
    ...dialects.map((text) => Buffer.from(text)),
  ];
}

/** Messages per second of processor time: what a core does, whoever else is at work on this machine. */
function rate(all: readonly Buffer[], times: number, read: (raw: Buffer) => unknown): number {
  const before = process.cpuUsage();
  for (let round = 0; round < times; round++) for (const raw of all) read(raw);
  const { user, system } = process.cpuUsage(before);
  return (all.length * times) / ((user + system) / 1e6);
}

const all = samples();
rate(all, 5, readReport);
const found = rate(all, rounds, readReport);
const limit = rate(all, rounds, (raw) => raw.toString('utf8').split('\n'));
const report = new Report('bounce-parse', { messages: all.length, rounds });
report.limit('only decoding and splitting lines', limit);
report.figure(`read and understood (wanted: ${WANTED} a core)`, found, 'messages/s', { limit });
report.print();
