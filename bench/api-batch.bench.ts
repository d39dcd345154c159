// Batches of 100 messages over HTTP, durable before each answer.
import { load } from './api/load.js';
import { receiptOf, withApi } from './api/setup.js';
import { Report, median, option } from './support/report.js';

const batches = option('batches', 400);
const rounds = option('rounds', 3);
const connections = option('connections', 8);
const SIZE = 100;

await withApi('api-batch', async ({ serve, source, databaseCpu }) => {
  const report = new Report('api-batch', { batches, rounds, connections, 'mails in each': SIZE });
  const api = await serve('api');
  const bodies = Array.from({ length: 50 }, (_, b) => JSON.stringify(Array.from({ length: SIZE }, (_, i) => receiptOf(b * SIZE + i))));
  const run = (requests: number) =>
    load({ url: api.url, key: api.key, path: '/emails/batch', connections, requests, body: (n) => bodies[n % bodies.length]! });
  await run(50);
  const rates: number[] = [];
  const [cpu, database] = [api.cpu(), databaseCpu()];
  for (let round = 0; round < rounds; round++) {
    const { seconds } = await run(batches);
    rates.push((batches * SIZE) / seconds);
    report.note(`${Math.round((batches * SIZE) / seconds)}/s`);
  }
  const [{ n }] = (await source.query('SELECT count(*)::int AS n FROM deliveries')) as [{ n: number }];
  if (n !== (50 + rounds * batches) * SIZE) throw new Error(`${n} deliveries are in the queue, not as many as were accepted`);
  report.figure('accepted', median(rates), 'mails/s');
  const mails = rounds * batches * SIZE;
  report.figure('CPU of the API: server', ((api.cpu() - cpu) / mails) * 1e6, 'µs a mail');
  report.figure('CPU of the API: database', ((databaseCpu() - database) / mails) * 1e6, 'µs a mail');
  report.print();
  await api.stop();
});
