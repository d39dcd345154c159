import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { MailClass, Outcome } from '#base/contracts';
import { silentLogger } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { EgressDirectory, EgressPools, EgressSources, type SourceChange } from '#domain/egress';
import { SecretBox } from '#platform/secrets';
import { type TestCertificate, testAuthority, testCertificate } from '#testing/certificates';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { proxyProtocolServer, socksServer } from '#testing/proxy-servers';
import { SmtpSink } from '#testing/smtp-sink';
import { deliverabilityEntities } from '#domain/deliverability';
import { type ReplyRule, loopbackTrafficShaping } from '#domain/shaping';
import { EgressControl } from './egress-control.js';
import { sendingEntities } from './index.js';
import { avoidLane } from './move-mail.js';
import { QueueAdmin } from './queue-admin.js';
import {
  type TestCampaign,
  addresses,
  attemptsOf,
  createCampaign,
  engineTo,
  type EngineOverrides,
  enqueue,
  eventually,
  finished,
} from './sending.fixture.js';
import type { DeliveryEngine } from './delivery-engine.js';

const secrets = new SecretBox(Buffer.alloc(32, 3));
const by = 'a spec';
const scope = { workspaceId: null, by };

let database: TestDatabase;
let source: DataSource;
let sink: SmtpSink;
let campaign: TestCampaign;
let engine: DeliveryEngine | undefined;
let sources: EgressSources;
let pools: EgressPools;
let control: EgressControl;
const open: (() => unknown)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...deliverabilityEntities, ...sendingEntities] });
  sources = new EgressSources(source, secrets);
  pools = new EgressPools(source);
  control = new EgressControl(source, sources);
});
afterAll(() => database.drop());

beforeEach(async () => {
  sink = await SmtpSink.listen();
  campaign = await createCampaign(source);
});
afterEach(async () => {
  await engine?.stop(1_000);
  engine = undefined;
  await sink.close();
  for (const close of open.splice(0).reverse()) await close();
  await source.query(`DELETE FROM batches; DELETE FROM queue_orders; DELETE FROM egress_streams; DELETE FROM lanes; DELETE FROM domain_sites;
    DELETE FROM egress_pools WHERE name <> 'default'; DELETE FROM egress_pool_members;
    DELETE FROM egress_sources WHERE name <> 'default';
    INSERT INTO egress_pool_members (pool_id, source_id) SELECT p.id, s.id FROM egress_pools p, egress_sources s`);
});

/** An engine that uses sources as configured. */
async function start(more: EngineOverrides = {}): Promise<DeliveryEngine> {
  const egress = new EgressDirectory({ dataSource: source, secrets, logger: silentLogger });
  engine = engineTo(source, sink.port, { egress, ...more });
  await engine.start();
  return engine;
}

async function addSource(name: string, change: SourceChange): Promise<void> {
  await sources.add(name, change, { by });
}

/** Two addresses of this machine, in the pool that everything goes by. */
async function twoAddresses(weights: readonly [number, number] = [1, 1]): Promise<void> {
  await addSource('two', { localV4: '127.0.0.2', helo: 'two.example.org' });
  await addSource('three', { localV4: '127.0.0.3', helo: 'three.example.org' });
  await pools.set(
    'default',
    [
      { source: 'two', weight: weights[0] },
      { source: 'three', weight: weights[1] },
    ],
    by,
  );
}

function peers(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { peer } of sink.messages) counts[peer] = (counts[peer] ?? 0) + 1;
  return counts;
}

/** Messages that wait, by the source that they wait for. */
async function waiting(): Promise<Record<string, number>> {
  const rows = (await source.query(
    `SELECT s.name, sum(cardinality(b.delivery_ids))::int AS n FROM batches b JOIN lanes l ON l.id = b.lane_id JOIN egress_sources s ON s.id = l.source_id GROUP BY 1`,
  )) as { name: string; n: number }[];
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

describe('mail of a pool', () => {
  it('leaves by its sources as their weights say, each recipient always by the same', async () => {
    await twoAddresses([3, 1]);
    await start();
    await enqueue(source, sink.port, campaign, addresses(400));
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(400);
    const first = new Map(sink.messages.map(({ rcptTo, peer }) => [rcptTo, peer]));
    const { '127.0.0.2': two = 0, '127.0.0.3': three = 0 } = peers();
    expect(two + three).toBe(400);
    expect(two / 400).toBeGreaterThan(0.65);
    expect(two / 400).toBeLessThan(0.85);

    sink.messages.length = 0;
    const again = await createCampaign(source);
    await enqueue(source, sink.port, again, addresses(50));
    await finished(source, again.campaignId);
    for (const { rcptTo, peer } of sink.messages) expect([rcptTo, peer]).toEqual([rcptTo, first.get(rcptTo)]);
  });

  it('is separated by stream, and a workspace can have a pool of its own', async () => {
    await twoAddresses();
    await addSource('four', { localV4: '127.0.0.4' });
    await pools.set('newsletters', [{ source: 'two', weight: 1 }], by);
    await pools.set('receipts', [{ source: 'three', weight: 1 }], by);
    await pools.set('dedicated', [{ source: 'four', weight: 1 }], by);
    await pools.mapStream('bulk', null, 'newsletters', by);
    await pools.mapStream('transactional', null, 'receipts', by);
    const other = await createCampaign(source);
    await pools.mapStream('bulk', other.workspaceId, 'dedicated', by);
    await start();
    await enqueue(source, sink.port, campaign, addresses(5, 'bulk.example'));
    await enqueue(source, sink.port, campaign, addresses(5, 'codes.example'), { class: MailClass.oneTimeCode });
    await enqueue(source, sink.port, other, addresses(5, 'other.example'));
    await finished(source, campaign.campaignId);
    await finished(source, other.campaignId);
    const seen = new Set(sink.messages.map(({ rcptTo, peer }) => `${rcptTo.split('@')[1]} ${peer}`));
    expect([...seen].sort()).toEqual(['bulk.example 127.0.0.2', 'codes.example 127.0.0.3', 'other.example 127.0.0.4']);
  });

  it('has its limits for each source, not for all together', async () => {
    await twoAddresses();
    const egress = new EgressDirectory({ dataSource: source, secrets, logger: silentLogger });
    const most = { two: 0, three: 0 };
    const current = new Map<string, number>();
    await sink.close();
    sink = await SmtpSink.listen({
      onMessage: async ({ peer }) => {
        current.set(peer, (current.get(peer) ?? 0) + 1);
        most.two = Math.max(most.two, current.get('127.0.0.2') ?? 0);
        most.three = Math.max(most.three, current.get('127.0.0.3') ?? 0);
        await new Promise((resolve) => setTimeout(resolve, 20));
        current.set(peer, current.get(peer)! - 1);
        return undefined;
      },
    });
    engine = engineTo(source, sink.port, { egress, shape: { connections: { start: 2, min: 1, max: 2 }, providerConnections: 2 } });
    await engine.start();
    await enqueue(source, sink.port, campaign, addresses(100));
    await finished(source, campaign.campaignId);
    expect(most).toEqual({ two: 2, three: 2 });
    expect(sink.mostOpenConnections).toBe(4);
  });
});

describe('a source', () => {
  it('that is drained hands its mail to the others of its pool, and none of it is lost or sent twice', async () => {
    await twoAddresses();
    await sink.close();
    sink = await SmtpSink.listen({ onMessage: () => new Promise((resolve) => setTimeout(resolve, 5, undefined)) });
    await start();
    await enqueue(source, sink.port, campaign, addresses(1200));
    await eventually(
      () => peers()['127.0.0.2'] ?? 0,
      (n) => n > 20,
    );
    const { source: view } = await control.setState('two', 'draining', by);
    expect(view.state).toBe('draining');
    await eventually(
      async () => (await waiting())['two'] ?? 0,
      (n) => n === 0,
    );
    const before = peers()['127.0.0.2']!;
    await enqueue(source, sink.port, campaign, addresses(100, 'later.example'));
    await finished(source, campaign.campaignId);
    expect(new Set(sink.messages.map(({ rcptTo }) => rcptTo)).size).toBe(1300);
    expect(sink.messages).toHaveLength(1300);
    expect(peers()['127.0.0.2']).toBe(before);
    expect((await attemptsOf(source, campaign.campaignId)).filter(({ outcome }) => outcome === Outcome.delivered)).toHaveLength(1300);
  });

  it('that is disabled without another in its pool keeps its mail until it is active again', async () => {
    await addSource('two', { localV4: '127.0.0.2' });
    await pools.set('default', [{ source: 'two', weight: 1 }], by);
    await control.setState('two', 'disabled', by);
    await enqueue(source, sink.port, campaign, addresses(10));
    await start();
    await eventually(
      () => engine!.stats.uncommitted,
      (n) => n === 0,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sink.messages).toHaveLength(0);
    expect(await new QueueAdmin(source).list(scope)).toMatchObject([
      { source: 'two', waiting: 10, reason: 'The egress source two is disabled.' },
    ]);
    await control.setState('two', 'active', by);
    await finished(source, campaign.campaignId);
    expect(peers()).toEqual({ '127.0.0.2': 10 });
  });

  it('whose address is not on this machine keeps its mail, and the others send theirs', async () => {
    await expect(sources.add('gone', { localV4: '192.0.2.77' }, { by })).rejects.toMatchObject({ code: 'egress_address_missing' });
    await sources.add('gone', { localV4: '192.0.2.77' }, { by, isElsewhere: true });
    await twoAddresses();
    await pools.set('elsewhere', [{ source: 'gone', weight: 1 }], by);
    await pools.mapStream('transactional', null, 'elsewhere', by);
    await start();
    await enqueue(source, sink.port, campaign, addresses(3, 'codes.example'), { class: MailClass.transactional });
    await enqueue(source, sink.port, campaign, addresses(10));
    await eventually(
      () => sink.messages.length,
      (n) => n === 10,
    );
    expect(await eventually(waiting, (seen) => Object.keys(seen).length === 1)).toEqual({ gone: 3 });
  });

  it('can be changed while it sends: from then on mail leaves by the new address', async () => {
    await addSource('two', { localV4: '127.0.0.2' });
    await pools.set('default', [{ source: 'two', weight: 1 }], by);
    await sink.close();
    sink = await SmtpSink.listen({ onMessage: () => new Promise((resolve) => setTimeout(resolve, 20, undefined)) });
    await start({ shape: { connections: { start: 2, min: 1, max: 2 } } });
    await enqueue(source, sink.port, campaign, addresses(250));
    await eventually(
      () => sink.messages.length,
      (n) => n > 10,
    );
    await sources.set('two', { localV4: '127.0.0.5' }, { by });
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(250);
    expect(peers()['127.0.0.5']).toBeGreaterThan(0);
    expect(sink.messages.at(-1)).toMatchObject({ peer: '127.0.0.5' });
  });

  it('can be a proxy of either kind', async () => {
    const socks = await socksServer({ localAddress: '127.0.0.6', users: { mailer: 'secret' } });
    const haproxy = await proxyProtocolServer();
    open.push(
      () => socks.close(),
      () => haproxy.close(),
    );
    await addSource('socks', { proxy: { kind: 'socks5', host: '127.0.0.1', port: socks.port, username: 'mailer' }, proxySecret: 'secret' });
    await addSource('haproxy', { localV4: '127.0.0.7', proxy: { kind: 'haproxy', host: '127.0.0.1', port: haproxy.port, version: 1 } });
    await pools.set(
      'default',
      [
        { source: 'socks', weight: 1 },
        { source: 'haproxy', weight: 1 },
      ],
      by,
    );
    await start();
    await enqueue(source, sink.port, campaign, addresses(40));
    await finished(source, campaign.campaignId);
    expect(Object.keys(peers()).sort()).toEqual(['127.0.0.6', '127.0.0.7']);
    expect(sink.messages).toHaveLength(40);
  });
});

describe('a smarthost', () => {
  let authority: TestCertificate;
  let certificate: TestCertificate;
  beforeAll(async () => {
    authority = await testAuthority();
    certificate = await testCertificate(['localhost'], { authority });
  });

  interface Relayed {
    readonly user: unknown;
    readonly to: string[];
    readonly content: string;
  }

  async function relay(password: () => string): Promise<{ port: number; mails: Relayed[]; tries: () => number }> {
    const mails: Relayed[] = [];
    let tries = 0;
    const server = new SMTPServer({
      ...certificate,
      authMethods: ['PLAIN'],
      logger: false,
      onAuth(auth, _session, done) {
        tries++;
        if (auth.username === 'sender' && auth.password === password()) done(null, { user: auth.username });
        else done(Object.assign(new Error('5.7.8 credentials invalid'), { responseCode: 535 }));
      },
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          mails.push({
            user: session.user,
            to: session.envelope.rcptTo.map(({ address }) => address),
            content: Buffer.concat(chunks).toString(),
          });
          done();
        });
      },
    });
    server.on('error', () => undefined);
    open.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { port: (server.server.address() as { port: number }).port, mails, tries: () => tries };
  }

  function smarthost(port: number): SourceChange {
    return {
      smarthost: {
        host: 'localhost',
        port,
        security: 'starttls',
        username: 'sender',
        kind: 'smtp',
        ca: authority.cert,
        headers: { 'X-SES-CONFIGURATION-SET': 'news' },
      },
      smarthostSecret: 'pencil',
    };
  }

  it('gets mail for every domain over one lane, under TLS, signed in, with its own header above the signature', async () => {
    const { port, mails } = await relay(() => 'pencil');
    await addSource('relay', smarthost(port));
    await pools.set('default', [{ source: 'relay', weight: 1 }], by);
    await start();
    await enqueue(source, sink.port, campaign, [...addresses(10, 'a.example'), ...addresses(10, 'b.example')]);
    await finished(source, campaign.campaignId);
    expect(mails).toHaveLength(20);
    expect(mails[0]).toMatchObject({ user: 'sender', content: expect.stringMatching(/^X-SES-CONFIGURATION-SET: news\r\nDKIM-Signature:/) });
    const lanes = (await source.query('SELECT site, provider FROM lanes')) as unknown[];
    expect(lanes).toEqual([{ site: `smarthost:localhost:${port}`, provider: 'smarthost' }]);
    expect(
      (await source.query('SELECT DISTINCT tls ->> $1 AS policy FROM attempts WHERE campaign_id = $2', [
        'policy',
        campaign.campaignId,
      ])) as unknown[],
    ).toEqual([{ policy: 'required' }]);
  });

  it('that refuses the password keeps its mail, says so, and is not asked over and over', async () => {
    let password = 'changed';
    const { port, mails, tries } = await relay(() => password);
    await addSource('relay', smarthost(port));
    await pools.set('default', [{ source: 'relay', weight: 1 }], by);
    await start({ shaping: loopbackTrafficShaping({ timeScale: 60 }) });
    await enqueue(source, sink.port, campaign, addresses(10));
    const admin = new QueueAdmin(source);
    const [lane] = await eventually(
      () => admin.list(scope),
      ([first]) => /refuses the user name or the password/.test(first?.reason ?? ''),
    );
    expect(lane).toMatchObject({ source: 'relay', waiting: 10 });
    expect(lane!.reason).not.toContain('pencil');
    expect(await attemptsOf(source, campaign.campaignId)).toEqual([]);
    expect(tries()).toBeLessThan(10);
    password = 'pencil';
    await admin.retryNow(scope, { everything: true });
    await finished(source, campaign.campaignId);
    expect(mails).toHaveLength(10);
  });

  it('that is drained gives its mail to sources that deliver by MX, each domain to its own site', async () => {
    const { port } = await relay(() => 'pencil');
    await addSource('relay', smarthost(port));
    await pools.set('default', [{ source: 'relay', weight: 1 }], by);
    await enqueue(source, sink.port, campaign, [...addresses(3, 'a.example'), ...addresses(3, 'b.example')]);
    await twoAddresses();
    await pools.set(
      'default',
      ['relay', 'two'].map((name) => ({ source: name, weight: 1 })),
      by,
    );
    await expect(control.setState('relay', 'draining', by)).resolves.toMatchObject({ changed: 6, to: ['two'], left: 0 });
    await start();
    await finished(source, campaign.campaignId);
    expect(peers()).toEqual({ '127.0.0.2': 6 });
    await expect(control.remove('relay', by)).resolves.toBeUndefined();
    expect((await sources.list()).map(({ name }) => name)).toEqual(['default', 'three', 'two']);
  });

  it('keeps its secret in the table sealed, out of the record, and for the server that it was given for', async () => {
    await addSource('relay', smarthost(2525));
    const [row] = (await source.query(`SELECT to_jsonb(s)::text AS text FROM egress_sources s WHERE name = 'relay'`)) as { text: string }[];
    expect(row!.text).not.toContain('pencil');
    const [{ detail }] = (await source.query(
      `SELECT string_agg(detail, ' ') AS detail FROM audit_entries WHERE action = 'egress.source.add'`,
    )) as [{ detail: string }];
    expect(detail).not.toContain('pencil');
    const { smarthost: settings } = smarthost(2525);
    await expect(sources.set('relay', { smarthost: { ...settings!, host: 'evil.example' } }, { by })).rejects.toMatchObject({
      code: 'egress_settings_invalid',
    });
    await expect(sources.set('relay', { note: 'same' }, { by })).resolves.toMatchObject({ hasSmarthostSecret: true });
  });
});

describe('queue move', () => {
  it('takes what waits and what senders hold to another source, once', async () => {
    await twoAddresses();
    await pools.set('default', [{ source: 'two', weight: 1 }], by);
    await sink.close();
    sink = await SmtpSink.listen({ onMessage: () => new Promise((resolve) => setTimeout(resolve, 5, undefined)) });
    await start();
    await enqueue(source, sink.port, campaign, addresses(1500));
    await eventually(
      () => sink.messages.length,
      (n) => n > 50,
    );
    const { changed, inHand } = await new QueueAdmin(source).move(
      scope,
      { campaignId: campaign.campaignId },
      { source: 'three' },
      'a test',
    );
    expect(changed + inHand).toBeGreaterThan(0);
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(1500);
    expect(new Set(sink.messages.map(({ rcptTo }) => rcptTo)).size).toBe(1500);
    expect(sink.messages.at(-1)).toMatchObject({ peer: '127.0.0.3' });
    expect(peers()['127.0.0.3']).toBeGreaterThan(500);
  });

  it('of a domain takes its mail out of shared batches, and what is held stays held', async () => {
    await twoAddresses();
    await pools.set('default', [{ source: 'two', weight: 1 }], by);
    await enqueue(source, sink.port, campaign, [...addresses(20, 'a.example'), ...addresses(20, 'b.example')]);
    const admin = new QueueAdmin(source);
    await admin.suspend(scope, { domain: 'b.example' });
    await expect(admin.move(scope, { domain: 'b.example' }, { source: 'three' })).resolves.toEqual({ changed: 20, inHand: 0 });
    expect(await waiting()).toEqual({ two: 20, three: 20 });
    await start();
    await eventually(
      () => sink.messages.length,
      (n) => n === 20,
    );
    expect(peers()).toEqual({ '127.0.0.2': 20 });
    await admin.resume(scope, { domain: 'b.example' });
    await finished(source, campaign.campaignId);
    expect(peers()).toEqual({ '127.0.0.2': 20, '127.0.0.3': 20 });
  });

  it('there and back again: the newest order decides', async () => {
    await twoAddresses();
    await pools.set('default', [{ source: 'two', weight: 1 }], by);
    await enqueue(source, sink.port, campaign, addresses(20));
    const admin = new QueueAdmin(source);
    await admin.move(scope, { everything: true }, { source: 'three' });
    await admin.move(scope, { everything: true }, { pool: 'default' });
    expect(await waiting()).toEqual({ two: 20 });
    await start();
    await finished(source, campaign.campaignId);
    expect(peers()).toEqual({ '127.0.0.2': 20 });
  });

  it('is refused where nothing would take the mail, and is on record', async () => {
    await twoAddresses();
    const admin = new QueueAdmin(source);
    await control.setState('three', 'disabled', by);
    await expect(admin.move(scope, { everything: true }, { source: 'three' })).rejects.toMatchObject({ code: 'queue_move_impossible' });
    await expect(admin.move(scope, { everything: true }, { pool: 'none' })).rejects.toMatchObject({ code: 'egress_not_found' });
    await admin.move(scope, { everything: true }, { source: 'two' });
    const [entry] = (await source.query(`SELECT detail FROM audit_entries WHERE action = 'queue.move' ORDER BY number DESC LIMIT 1`)) as {
      detail: string;
    }[];
    expect(JSON.parse(entry!.detail)).toMatchObject({ source: 'two' });
  });
});

it('a lane that is to be left alone loses its mail, old and new, to the other sources of the pool', async () => {
  await twoAddresses();
  await enqueue(source, sink.port, campaign, addresses(600));
  const [{ id }] = (await source.query(`SELECT l.id FROM lanes l JOIN egress_sources s ON s.id = l.source_id WHERE s.name = 'two'`)) as [
    { id: number },
  ];
  expect((await waiting())['two']).toBeGreaterThan(200);
  const { to } = await avoidLane(source, id, new Date(Date.now() + 3600_000));
  expect(to).toEqual(['three']);
  await enqueue(source, sink.port, campaign, addresses(100, 'new.example'));
  expect(await waiting()).toEqual({ three: 700 });
});

it('a rule that switches sources hands the mail over and says to whom; limits that change hold without a restart', async () => {
  await twoAddresses();
  await sink.close();
  sink = await SmtpSink.listen({ onMessage: ({ peer }) => (peer === '127.0.0.2' ? '451 4.7.1 not from there' : undefined) });
  const wide = loopbackTrafficShaping({ timeScale: 3000 });
  const rule: ReplyRule = {
    name: 'not-from-there',
    code: 451,
    text: /not from there/,
    action: { kind: 'switch-source', minutes: 60 * 3000 },
    sample: '451 4.7.1 not from there',
  };
  const slow = loopbackTrafficShaping({ timeScale: 3000, shape: { ratePerSecond: 0.001 } });
  const shapingFile = { current: slow, refresh: () => undefined };
  await enqueue(source, sink.port, campaign, addresses(40));
  await start({ shapingFile });
  await eventually(waiting, ({ two = 0, three = 0 }) => two > 0 && two + three <= 40);
  shapingFile.current = { ...wide, rules: [rule, ...wide.rules] };
  await finished(source, campaign.campaignId);
  expect(peers()['127.0.0.3']).toBe(40);
  const rows = (await source.query(
    `SELECT sentence, facts FROM lane_decisions d JOIN lanes l ON l.id = d.lane_id JOIN egress_sources s ON s.id = l.source_id
     WHERE s.name = 'two' AND d.kind = 'switch-source'`,
  )) as { sentence: string; facts: { rule: string; until: string } }[];
  expect(rows.length).toBeGreaterThan(0);
  expect(rows[0]!.sentence).toMatch(
    /answered 451 4\.7\.1 not from there at .*; its mail goes by other sources until \d\d:\d\d UTC; (went to three|it waits where)/,
  );
  expect(rows[0]!.facts).toMatchObject({ rule: 'not-from-there' });
});
