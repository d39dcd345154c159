import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CampaignReport, LedgerAudit } from '#domain/campaigns';
import { projectFolder } from '#platform/files';
import type { ApiClient } from './api-client.js';
import { DemoInstance } from './demo-instance.js';
import { formatReport } from './print-report.js';
import { ProgressBar } from '../progress-bar.js';

export interface DemoOptions {
  readonly contacts: number;
  readonly out: NodeJS.WriteStream;
}

const SHIPPED_CONTACTS = 10_000;
/** Simulated people take hours; at this speed their day passes in about half a minute. */
const TIME_SCALE = 2_000;
const root = projectFolder();
const material = path.join(root, 'templates', 'demo');

/**
 * The main job on real input, in an installation of its own: a contact file in, a newsletter out through the queue and
 * over SMTP, everything that comes back, and the report. @returns whether every recipient is accounted for
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { out } = options;
  out.write('Starting a Chapar of its own: database, roles, simulated mailbox providers …\n');
  const instance = await DemoInstance.start(TIME_SCALE);
  const interrupted = () => void instance.stop().then(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    out.write(`It runs at ${instance.url}\n\n`);
    const listId = await importContacts(instance.api, options);
    const { id, name } = await createCampaign(instance.api, listId);
    await instance.api.post(`/v1/campaigns/${id}/send`);
    await watchSending(instance.api, id, out);
    await watchReactions(instance, id, out);
    const report = await instance.api.get<CampaignReport>(`/v1/campaigns/${id}/report`);
    const audit = await instance.api.get<LedgerAudit>(`/v1/campaigns/${id}/audit`);
    out.write(formatReport(name, report, audit));
    return audit.isComplete && audit.byState.queued === 0 && audit.byState.deferred === 0 && audit.recipients > 0;
  } catch (error) {
    out.write(`\n${instance.log}\n`);
    throw error;
  } finally {
    await instance.stop();
  }
}

interface ImportStatus {
  readonly id: string;
  readonly status: string;
  readonly bytes_total: number;
  readonly bytes_done: number;
  readonly rows_read: number;
  readonly rows_created: number;
  readonly rows_duplicate: number;
  readonly rows_rejected: number;
  readonly error: { message: string } | null;
}

async function importContacts(api: ApiClient, { contacts, out }: DemoOptions): Promise<string> {
  const file = contactFile(contacts);
  try {
    const list = await api.post<{ id: string }>('/v1/lists', { name: 'Newsletter readers' });
    const bar = new ProgressBar('Importing', out);
    let progress = await api.upload<ImportStatus>(`/v1/imports?list=${list.id}&file_name=${path.basename(file.path)}`, file.path);
    while (progress.status === 'waiting' || progress.status === 'running') {
      bar.update(progress.bytes_done, progress.bytes_total, `${progress.rows_read} rows`);
      await sleep(100);
      progress = await api.get<ImportStatus>(`/v1/imports/${progress.id}`);
    }
    if (progress.status !== 'finished') throw new Error(`the import ended as ${progress.status}: ${progress.error?.message}`);
    bar.finish(
      1,
      1,
      `${progress.rows_read} rows: ${progress.rows_created} contacts, ${progress.rows_duplicate} duplicates merged, ${progress.rows_rejected} bad rows reported`,
    );
    return list.id;
  } finally {
    file.remove();
  }
}

/** The shipped file, or one made the same way when another size is asked for. */
function contactFile(contacts: number): { path: string; remove(): void } {
  if (contacts === SHIPPED_CONTACTS) return { path: path.join(material, 'contacts.csv'), remove: () => undefined };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-contacts-'));
  const file = path.join(folder, 'contacts.csv');
  const made = spawnSync(process.execPath, [path.join(root, 'tools', 'make-demo-contacts.mjs'), '--rows', String(contacts)], {
    stdio: ['ignore', openSync(file, 'w'), 'inherit'],
  });
  if (made.status !== 0) throw new Error('the contact file could not be made');
  return { path: file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

interface DemoCampaign {
  readonly name: string;
  readonly subject: string;
  readonly preheader: string;
  readonly from_name: string;
  readonly from_local_part: string;
}

async function createCampaign(api: ApiClient, listId: string): Promise<{ id: string; name: string }> {
  const demo = JSON.parse(readFileSync(path.join(material, 'campaign.json'), 'utf8')) as DemoCampaign;
  const template = await api.post<{ id: string }>('/v1/templates', {
    name: demo.name,
    language: 'en',
    direction: 'ltr',
    subject: demo.subject,
    preheader: demo.preheader,
    source: readFileSync(path.join(material, 'newsletter.mjml'), 'utf8'),
  });
  return api.post<{ id: string; name: string }>('/v1/campaigns', {
    name: demo.name,
    templateId: template.id,
    fromName: demo.from_name,
    fromEmail: `${demo.from_local_part}@sandbox.chapar.test`,
    audience: { include: { lists: [listId] } },
  });
}

async function watchSending(api: ApiClient, id: string, out: NodeJS.WriteStream): Promise<void> {
  const bar = new ProgressBar('Sending', out);
  for (;;) {
    const [campaign, report] = await Promise.all([
      api.get<{ status: string; status_reason: string }>(`/v1/campaigns/${id}`),
      api.get<CampaignReport>(`/v1/campaigns/${id}/report`),
    ]);
    const settled = report.recipients - report.queued;
    const note = `${settled} of ${report.recipients}: ${report.accepted} accepted, ${report.bounced.total - report.bounced.late} bounced, ${report.deferred} put off`;
    if (campaign.status === 'failed' || campaign.status === 'cancelled')
      throw new Error(`the campaign ${campaign.status}: ${campaign.status_reason}`);
    if (campaign.status === 'sent') return bar.finish(settled, report.recipients, note);
    if (campaign.status === 'preparing') bar.update(0, 1, 'preparing');
    else bar.update(settled, report.recipients, note);
    await sleep(250);
  }
}

/** Waits until every simulated person has done what they will do, and the product has taken note of the last of it. */
async function watchReactions(instance: DemoInstance, id: string, out: NodeJS.WriteStream): Promise<void> {
  const bar = new ProgressBar('Reactions', out);
  let most = 0;
  let quietSince = Date.now();
  let last = '';
  for (;;) {
    const pending = instance.simulatorStats()?.pendingReactions ?? 0;
    most = Math.max(most, pending);
    const report = await instance.api.get<CampaignReport>(`/v1/campaigns/${id}/report`);
    const note = `${report.opens.human.unique} opened, ${report.clicks.human.unique} clicked, ${report.bounced.late} returned, ${report.unsubscribed} unsubscribed, ${report.complained} complained, ${report.replied} replied`;
    if (pending > 0 || note !== last) quietSince = Date.now();
    last = note;
    if (pending === 0 && Date.now() - quietSince > 4000) return bar.finish(most, most, note);
    bar.update(most - pending, most, note);
    await sleep(250);
  }
}
