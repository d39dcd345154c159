import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { DataSource } from 'typeorm';
import { type ActorContext, silentLogger, systemActor, uuidv7 } from '#base/kernel';
import { DeliveryEngine, RetryPolicy, SiteDirectory } from '#domain/sending';
import { loopbackTrafficShaping } from '#domain/shaping';
import { TrackingTokens, TrackingUrls } from '#domain/tracking';
import { createMxResolver, systemResolver } from '#net/dns';
import { FileBlobStore } from '#platform/blobs';
import { MessageAcceptor } from './message-acceptor.js';

/** What specs of accepted mail start from: a workspace with a verified domain, an acceptor, and an engine towards a port. */
export const sendingDomain = 'news.example.org';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
export const dkimRecord = `v=DKIM1; k=ed25519; p=${publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`;
export const testTokens = new TrackingTokens(Buffer.alloc(32, 7));
export const testUrls = new TrackingUrls(testTokens, 'https://mail.example.org');

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function testFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-messages-'));
  folders.push(folder);
  return folder;
}

export async function createWorkspace(dataSource: DataSource): Promise<ActorContext> {
  const workspaceId = uuidv7();
  await dataSource.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Test', $2)`, [workspaceId, workspaceId]);
  await dataSource.query(`INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, $3, 'verified', $4)`, [
    uuidv7(),
    workspaceId,
    sendingDomain,
    `bounces.${sendingDomain}`,
  ]);
  return systemActor(workspaceId, 'test');
}

function resolverTo(port: number) {
  return createMxResolver({ dns: systemResolver(), routes: [{ domain: '*', host: '127.0.0.1', port }] });
}

export function acceptorFor(dataSource: DataSource, folder: string, port = 1): MessageAcceptor {
  return new MessageAcceptor({
    dataSource,
    sites: new SiteDirectory(dataSource, resolverTo(port)),
    blobs: new FileBlobStore(folder),
    delivery: 'live',
  });
}

export function engineTo(dataSource: DataSource, folder: string, port: number): DeliveryEngine {
  return new DeliveryEngine({
    dataSource,
    resolver: resolverTo(port),
    keys: {
      forDomain: () =>
        Promise.resolve({
          domain: sendingDomain,
          returnPathHost: `bounces.${sendingDomain}`,
          keys: [{ selector: 'e1', algorithm: 'ed25519-sha256', privateKey }],
        }),
    },
    blobs: new FileBlobStore(folder),
    urls: testUrls,
    hostname: 'mta.example.org',
    journalRoot: testFolder(),
    logger: silentLogger,
    shaping: loopbackTrafficShaping({ timeScale: 3000 }),
    retry: new RetryPolicy(undefined, 3000),
    pollMs: 50,
  });
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
