// Single messages over HTTP, durable before each answer, beside the same server writing one row for each request.
import { type LoadOptions, load, quantile } from './api/load.js';
import { receipt, withApi } from './api/setup.js';
import { Report, median, option } from './support/report.js';

const requests = option('requests', 10_000);
const rounds = option('rounds', 3);
const connections = option('connections', 100);

await withApi('api-send', async ({ serve, source, databaseCpu }) => {
  const report = new Report('api-send', { requests, rounds, connections });
  const [api, peer] = [await serve('api'), await serve('insert')];
  const run = async (server: { url: string; key: string }, more: Partial<LoadOptions> = {}) =>
    load({ url: server.url, key: server.key, path: '/emails', connections, requests, body: receipt, ...more });
  const rates: Record<'api' | 'peer', number[]> = { api: [], peer: [] };
  /** Milliseconds of CPU for each request: of the server, and of the database. */
  const work: Record<'api' | 'peer', { server: number[]; database: number[] }> = {
    api: { server: [], database: [] },
    peer: { server: [], database: [] },
  };
  await run(api, { requests: 3_000 });
  await run(peer, { requests: 3_000 });
  for (let round = 0; round < rounds; round++) {
    for (const [name, server] of [
      ['api', api],
      ['peer', peer],
    ] as const) {
      const [cpu, database] = [server.cpu(), databaseCpu()];
      const { seconds } = await run(server);
      rates[name].push(requests / seconds);
      work[name].server.push((server.cpu() - cpu) / requests);
      work[name].database.push((databaseCpu() - database) / requests);
      report.note(`${name}: ${Math.round(requests / seconds)}/s`);
    }
  }
  const rate = median(rates.api);
  const half = await run(api, { rate: rate / 2, requests: Math.round((rate / 2) * 5) });
  const [{ n }] = (await source.query('SELECT count(*)::int AS n FROM deliveries')) as [{ n: number }];
  const sent = 3_000 + rounds * requests + Math.round((rate / 2) * 5);
  if (n !== sent) throw new Error(`${sent} were accepted and ${n} are in the queue`);
  report.figure('accepted', rate, 'mails/s', { peer: median(rates.peer), wanted: 4 });
  report.figure('one INSERT per request', median(rates.peer), 'requests/s');
  for (const [name, what] of [
    ['api', 'CPU of the API'],
    ['peer', 'CPU of the peer'],
  ] as const) {
    report.figure(`${what}: server`, median(work[name].server) * 1e6, 'µs a mail');
    report.figure(`${what}: database`, median(work[name].database) * 1e6, 'µs a mail');
  }
  report.figure('half load, p50', quantile(half.latencies, 0.5), 'ms');
  report.figure('half load, p99', quantile(half.latencies, 0.99), 'ms');
  report.print();
  await Promise.all([api.stop(), peer.stop()]);
});
