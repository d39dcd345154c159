import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { type ActorContext, silentLogger, systemActor, uuidv7 } from '#base/kernel';
import { ApiKeyService, type NewApiKey, accountsEntities, ensureFirstRun } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { campaignsEntities } from '#domain/campaigns';
import { DomainService, type SecretSealer, SigningKeys, deliverabilityEntities } from '#domain/deliverability';
import { messagesEntities } from '#domain/messages';
import { DeliveryEngine, RetryPolicy, sendingEntities } from '#domain/sending';
import { loopbackTrafficShaping } from '#domain/shaping';
import { templatesEntities } from '#domain/templates';
import { TrackingTokens, TrackingUrls } from '#domain/tracking';
import { webhooksEntities } from '#domain/webhooks';
import { createMxResolver, systemResolver } from '#net/dns';
import { FileBlobStore } from '#platform/blobs';
import type { JobTransport } from '#platform/jobs';
import { SecretBox } from '#platform/secrets';
import { createTestDatabase } from '#testing/postgres';
import { SmtpSink } from '#testing/smtp-sink';
import { type AppOptions, createApp } from './create-app.js';

/** Seals nothing: the keys of specs are worth nothing. */
const plainSealer: SecretSealer = {
  seal: (plaintext) => Buffer.from(plaintext),
  open: (sealed) => Buffer.from(sealed),
};

export const login = { email: 'admin@example.org', password: 'correct horse battery' };
export const sendingDomain = 'news.example.org';

/** The API over real HTTP, with the engine behind it that delivers what it accepts to a sink. */
export class TestApi {
  private constructor(
    readonly app: NestFastifyApplication,
    /** `http://127.0.0.1:port` */
    readonly url: string,
    readonly source: DataSource,
    readonly context: ActorContext,
    readonly sink: SmtpSink,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(more: Partial<AppOptions> = {}): Promise<TestApi> {
    const database = await createTestDatabase();
    const source = await database.open({ entities, poolSize: 20 });
    const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-api-'));
    await ensureFirstRun(source, { adminEmail: login.email, adminPassword: login.password, seed: () => Promise.resolve() });
    const [{ id }] = (await source.query('SELECT id FROM workspaces')) as [{ id: string }];
    const context = systemActor(id, 'test');
    const domains = new DomainService(source, plainSealer, 'mail.example.org');
    await addVerifiedDomain(source, domains, context, sendingDomain);
    const sink = await SmtpSink.listen({ keepsContent: true });
    const nextHops = createMxResolver({ dns: systemResolver(), routes: [{ domain: '*', host: '127.0.0.1', port: sink.port }] });
    const blobs = new FileBlobStore(folder);
    const engine = new DeliveryEngine({
      dataSource: source,
      resolver: nextHops,
      keys: new SigningKeys(source, plainSealer),
      blobs,
      urls: new TrackingUrls(new TrackingTokens(Buffer.alloc(32, 7)), 'https://mail.example.org'),
      hostname: 'mta.example.org',
      journalRoot: path.join(folder, 'journals'),
      logger: silentLogger,
      shaping: loopbackTrafficShaping({ timeScale: 3000 }),
      retry: new RetryPolicy(undefined, 3000),
      dkimAlgorithms: ['ed25519-sha256'],
      pollMs: 50,
    });
    await engine.start();
    const app = await createApp({
      dataSource: source,
      jobs: { enqueue: () => Promise.resolve() } as unknown as JobTransport,
      nextHops,
      logger: silentLogger,
      dataDir: folder,
      delivery: 'live',
      publicUrl: 'http://localhost:3000',
      secrets: new SecretBox(Buffer.alloc(32, 7)),
      blobs,
      fetchAttachment: () => Promise.reject(new Error('not needed')),
      recordLookup: { resolveTxt: () => Promise.resolve([]), resolveMx: () => Promise.resolve([]) },
      requestRate: 100_000,
      trackerUrl: 'http://127.0.0.1:1',
      ...more,
    });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    return new TestApi(app, url, source, context, sink, async () => {
      await app.close();
      await engine.stop(2_000);
      await sink.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    });
  }

  close(): Promise<void> {
    return this.end();
  }

  async key(more: Partial<NewApiKey> = {}, context = this.context): Promise<string> {
    return (await new ApiKeyService(this.source).create(context, { name: 'test', scope: 'full', ...more })).key;
  }

  /** Another workspace, with the same domain verified. */
  async otherWorkspace(): Promise<ActorContext> {
    const workspaceId = uuidv7();
    await this.source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Other', $2)`, [workspaceId, workspaceId]);
    const context = systemActor(workspaceId, 'test');
    await addVerifiedDomain(this.source, new DomainService(this.source, plainSealer, 'mail.example.org'), context, sendingDomain);
    return context;
  }

  async count(table: 'messages' | 'deliveries'): Promise<number> {
    const [{ n }] = (await this.source.query(`SELECT count(*)::int AS n FROM ${table}`)) as [{ n: number }];
    return n;
  }
}

const entities = [
  ...accountsEntities,
  ...audienceEntities,
  ...templatesEntities,
  ...deliverabilityEntities,
  ...sendingEntities,
  ...campaignsEntities,
  ...messagesEntities,
  ...webhooksEntities,
];

async function addVerifiedDomain(source: DataSource, domains: DomainService, context: ActorContext, name: string): Promise<void> {
  const { id } = await domains.add(context, name);
  await source.query(`UPDATE domains SET status = 'verified', verified_at = now() WHERE id = $1`, [id]);
}

/** Waits for something that takes an unknown while; fails with what it last saw. */
export async function eventually<T>(look: () => T | Promise<T>, isReached: (seen: T) => boolean, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (isReached(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`not reached within ${timeoutMs} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
