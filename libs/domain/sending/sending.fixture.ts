import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { DataSource } from 'typeorm';
import { DeliveryKind, MailClass } from '#base/contracts';
import { type Logger, type RowId, silentLogger, uuidv7 } from '#base/kernel';
import { compileTemplate } from '#domain/templates';
import { TrackingTokens, TrackingUrls } from '#domain/tracking';
import { createMxResolver, systemResolver } from '#net/dns';
import { type ProviderShape, loopbackTrafficShaping } from '#domain/shaping';
import { DeliveryEngine, type DeliveryEngineOptions } from './delivery-engine.js';
import { enqueueDeliveries } from './enqueue-deliveries.js';
import type { SigningKeySource } from './message-sources.js';
import { RetryPolicy } from './retry-schedule.policy.js';
import { SiteDirectory } from './site-directory.js';

/** What specs, chaos runs and benches of sending start from: a workspace, a sending domain, a campaign, and an engine towards a port. */
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
export const sendingDomain = 'news.example.org';

export const testKeys: SigningKeySource = {
  forDomain: async () => ({
    domain: sendingDomain,
    returnPathHost: `bounces.${sendingDomain}`,
    keys: [
      { selector: 'r1', algorithm: 'rsa-sha256', privateKey: rsa.privateKey },
      { selector: 'e1', algorithm: 'ed25519-sha256', privateKey: ed25519.privateKey },
    ],
  }),
};
export const testPublicKeys = { rsa: rsa.publicKey, ed25519: ed25519.publicKey };

export const testUrls = new TrackingUrls(new TrackingTokens(Buffer.alloc(32, 7)), 'https://mail.example.org');

/** Retries within a fraction of a second. */
export function quickRetry(): RetryPolicy {
  return new RetryPolicy(undefined, 3000);
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function journalFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-journals-'));
  folders.push(folder);
  return folder;
}

export interface EngineOverrides extends Partial<Omit<DeliveryEngineOptions, 'dataSource'>> {
  readonly shape?: Partial<ProviderShape>;
}

/** An engine whose every next hop is a port on loopback. */
export function engineTo(dataSource: DataSource, port: number, { shape, ...more }: EngineOverrides = {}): DeliveryEngine {
  return new DeliveryEngine({
    dataSource,
    resolver: loopbackResolver(port),
    keys: testKeys,
    urls: testUrls,
    hostname: 'mta.example.org',
    journalRoot: more.journalRoot ?? journalFolder(),
    logger: silentLogger,
    shaping: loopbackTrafficShaping({ timeScale: 3000, ...(shape && { shape }) }),
    retry: quickRetry(),
    dkimAlgorithms: ['ed25519-sha256'],
    pollMs: 50,
    ...more,
  });
}

export function loopbackResolver(port: number) {
  return createMxResolver({ dns: systemResolver(), routes: [{ domain: '*', host: '127.0.0.1', port }] });
}

export interface TestCampaign {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly templateVersionId: string;
}

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{first_name}}, <a href="https://example.org/offer">look</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

export async function createCampaign(
  dataSource: DataSource,
  more: { readonly source?: string; readonly subject?: string; readonly replyTo?: string; readonly missingValues?: 'strict' } = {},
): Promise<TestCampaign> {
  const ids = { workspaceId: uuidv7(), templateId: uuidv7(), templateVersionId: uuidv7(), domainId: uuidv7(), campaignId: uuidv7() };
  const { compiled } = await compileTemplate({
    subject: more.subject ?? 'Hello {{first_name}}',
    preheader: '',
    source: more.source ?? MJML,
    language: 'en',
    direction: 'ltr',
    missingValues: more.missingValues ?? 'empty',
    partials: new Map(),
  });
  await dataSource.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Test', $2)`, [ids.workspaceId, ids.workspaceId]);
  await dataSource.query(`INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, $3, 'verified', $4)`, [
    ids.domainId,
    ids.workspaceId,
    sendingDomain,
    `bounces.${sendingDomain}`,
  ]);
  await dataSource.query(`INSERT INTO templates (id, workspace_id, name) VALUES ($1, $2, 'T')`, [ids.templateId, ids.workspaceId]);
  await dataSource.query(
    `INSERT INTO template_versions (id, workspace_id, template_id, number, subject, source, compiled) VALUES ($1, $2, $3, 1, 's', '', $4)`,
    [ids.templateVersionId, ids.workspaceId, ids.templateId, JSON.stringify(compiled)],
  );
  await dataSource.query(
    `INSERT INTO campaigns (id, workspace_id, name, status, template_id, template_version_id, domain_id, from_name, from_email, reply_to)
     VALUES ($1, $2, 'C', 'sending', $3, $4, $5, 'News', $6, $7)`,
    [ids.campaignId, ids.workspaceId, ids.templateId, ids.templateVersionId, ids.domainId, `hello@${sendingDomain}`, more.replyTo ?? ''],
  );
  return ids;
}

export interface EnqueueOptions {
  readonly kind?: DeliveryKind;
  readonly class?: MailClass;
  readonly expiresAt?: Date;
  readonly merge?: (n: number) => Record<string, unknown>;
}

/** Queues one delivery to each address. @returns delivery ids in the order of the addresses */
export async function enqueue(
  dataSource: DataSource,
  port: number,
  campaign: TestCampaign,
  addresses: readonly string[],
  options: EnqueueOptions = {},
): Promise<RowId[]> {
  const kind = options.kind ?? DeliveryKind.campaign;
  const sites = new SiteDirectory(dataSource, loopbackResolver(port));
  return dataSource.transaction(async (manager) => {
    const rows: { id: RowId; domain: string; email: string }[] = await manager.query(
      `INSERT INTO deliveries (workspace_id, campaign_id, kind, template_version_id, email, merge)
       SELECT $1, $2, $3, $4, email, merge FROM unnest($5::text[], $6::jsonb[]) AS d (email, merge) RETURNING id, email, split_part(email, '@', -1) AS domain`,
      [
        campaign.workspaceId,
        campaign.campaignId,
        kind,
        kind === DeliveryKind.campaign ? null : campaign.templateVersionId,
        addresses,
        addresses.map((_, n) => JSON.stringify(options.merge?.(n) ?? { first_name: `Person ${n}` })),
      ],
    );
    await enqueueDeliveries(
      manager,
      {
        workspaceId: campaign.workspaceId,
        campaignId: campaign.campaignId,
        class: options.class ?? MailClass.bulk,
        expiresAt: options.expiresAt ?? new Date(Date.now() + 3600_000),
        deliveries: rows,
      },
      sites,
    );
    return rows.map((row) => row.id);
  });
}

export function addresses(count: number, domain = 'example.com'): string[] {
  return Array.from({ length: count }, (_, n) => `user${n}@${domain}`);
}

export interface AttemptRow {
  readonly delivery_id: RowId;
  readonly number: number;
  readonly outcome: number;
  readonly via: number;
  readonly bounce_class: string | null;
  readonly smtp_code: number | null;
  readonly reply: string;
  readonly epoch: string | null;
  readonly lane_id: number;
}

export function attemptsOf(dataSource: DataSource, campaignId: string): Promise<AttemptRow[]> {
  return dataSource.query('SELECT * FROM attempts WHERE campaign_id = $1 ORDER BY id', [campaignId]);
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

/** Nothing of the campaign is queued or leased any more. */
export function finished(dataSource: DataSource, campaignId: string, timeoutMs?: number): Promise<number> {
  return eventually(
    async () => {
      const [{ n }] = (await dataSource.query('SELECT count(*)::int AS n FROM batches WHERE campaign_id = $1', [campaignId])) as [
        { n: number },
      ];
      return n;
    },
    (n) => n === 0,
    timeoutMs,
  );
}

/** Prints what an engine says, for looking into a failing run. */
export const consoleLogger: Logger = {
  debug: () => undefined,
  info: (fields, message) => console.log(message, fields),
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
};
