import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { type ActorContext, silentLogger, systemActor, systemClock, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { CampaignClock, CampaignFreeze, CampaignService, campaignsEntities } from '#domain/campaigns';
import { deliverabilityEntities } from '#domain/deliverability';
import { SendingControl, SiteDirectory, sendingEntities } from '#domain/sending';
import { TemplateService, mergeDataOf, renderPreview, templatesEntities } from '#domain/templates';
import { mailHosts } from './mail-hosts.js';
import { type PeerMessage, sendingDomain } from './messages.js';
import type { MtaJob } from './mta.process.js';
import { type NewsletterSize, newsletter, person } from './newsletter.js';
import { order } from './processes.js';

export const campaignEntities = [
  ...accountsEntities,
  ...audienceEntities,
  ...templatesEntities,
  ...deliverabilityEntities,
  ...sendingEntities,
  ...campaignsEntities,
];

export interface CampaignSetting {
  readonly databaseUrl: string;
  readonly sinkPort: number;
  readonly journalRoot: string;
  readonly contacts: number;
  readonly size: NewsletterSize;
  readonly privateKey?: string | undefined;
}

const SAMPLES = 100;

/** A workspace with contacts and a newsletter, whose campaigns go through freeze, queue and engine, as a product's do. */
export class CampaignSender {
  private readonly trackingKey = randomBytes(32).toString('hex');
  /** Lists of the first so many contacts, by their number. */
  private readonly lists = new Map<number, string>();

  private constructor(
    private readonly source: DataSource,
    private readonly setting: CampaignSetting,
    private readonly context: ActorContext,
    private readonly templateId: string,
    private readonly compiled: Parameters<typeof renderPreview>[0],
  ) {}

  static async create(source: DataSource, setting: CampaignSetting): Promise<CampaignSender> {
    const workspaceId = uuidv7();
    const context = systemActor(workspaceId, 'bench');
    await source.query(`INSERT INTO workspaces (id, name, slug, postal_address) VALUES ($1, 'Bench', 'bench', 'Street 1')`, [workspaceId]);
    await source.query(`INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, $3, 'verified', $4)`, [
      uuidv7(),
      workspaceId,
      sendingDomain,
      `bounces.${sendingDomain}`,
    ]);
    await source.query(
      `INSERT INTO contacts (workspace_id, email, email_key, first_name, attributes)
       SELECT $1, p->>'email', p->>'email', p->>'first_name', p - 'email' - 'first_name' FROM jsonb_array_elements($2::jsonb) AS p`,
      [workspaceId, JSON.stringify(Array.from({ length: setting.contacts }, (_, n) => person(n)))],
    );
    await source.query('ANALYZE contacts');
    const template = await new TemplateService(source).create(context, { name: 'Newsletter', ...newsletter(setting.size) });
    const [{ compiled }] = await source.query('SELECT compiled FROM template_versions WHERE template_id = $1', [template.id]);
    return new CampaignSender(source, setting, context, template.id, compiled);
  }

  /** A campaign to the first `count` contacts, from the moment its mail may leave until every outcome is committed. @returns seconds, and deliveries/s of the freeze before it */
  async send(
    mta: ChildProcess,
    connections: number,
    count: number,
    cpu: () => Promise<number>,
  ): Promise<{ seconds: number; frozenPerSecond: number; cpuMicros: number }> {
    const { databaseUrl, sinkPort, journalRoot, privateKey } = this.setting;
    const listId = await this.listOf(count);
    const tickets: (() => Promise<void>)[] = [];
    const sites = new SiteDirectory(this.source, mailHosts(sinkPort, false));
    const queue = {
      prepare: (id: string) => Promise.resolve(void tickets.push(() => freeze.prepare(id))),
      freezeRange: (id: string, number: number) => Promise.resolve(void tickets.push(() => freeze.freezeRange(id, number))),
    };
    const freeze = new CampaignFreeze(this.source, sites, queue);
    const service = new CampaignService(this.source, new SendingControl(this.source), sites, queue, systemClock, 'live');
    const { id } = await service.create(this.context, {
      name: 'Bench',
      templateId: this.templateId,
      fromName: 'News',
      fromEmail: `hello@${sendingDomain}`,
      audience: { include: { lists: [listId] } },
    });
    const freezeAt = performance.now();
    await service.send(this.context, id);
    while (tickets.length > 0) await tickets.shift()!();
    const frozenPerSecond = count / ((performance.now() - freezeAt) / 1000);
    await service.pause(this.context, id);
    await this.source.query('CHECKPOINT');
    const job: MtaJob = {
      databaseUrl,
      port: sinkPort,
      journalRoot,
      privateKey,
      trackingKey: this.trackingKey,
      connections: { start: connections, min: connections, max: connections },
    };
    await order(mta, job);
    const before = await cpu();
    const startedAt = performance.now();
    await service.resume(this.context, id);
    await this.settled(id, count);
    const seconds = (performance.now() - startedAt) / 1000;
    const cpuMicros = (await cpu()) - before;
    await order(mta, 'stop');
    await new CampaignClock(this.source, service, systemClock, silentLogger).closeFinished();
    const audit = await service.audit(this.context, id);
    if (!audit.isComplete || audit.byState.delivered !== count) throw new Error(`the ledger does not add up: ${JSON.stringify(audit)}`);
    return { seconds, frozenPerSecond, cpuMicros };
  }

  /** What our own engine would render for the first of the people. */
  samples(): PeerMessage[] {
    return Array.from({ length: SAMPLES }, (_, n) => {
      const { email, ...merge } = person(n);
      const token = 'abcdefghijklmnopqrstuvwxyz234567';
      const rendered = renderPreview(this.compiled, mergeDataOf({ email, merge }), {
        link: () => `https://mail.example.org/t/c/${token}`,
        openPixel: () => `https://mail.example.org/t/o/${token}.gif`,
        unsubscribe: () => `https://mail.example.org/u/${token}`,
        webView: () => `https://mail.example.org/t/v/${token}`,
      });
      return {
        ...rendered,
        to: email,
        envelopeFrom: `b-${token}@bounces.${sendingDomain}`,
        unsubscribeUrl: `https://mail.example.org/u/${token}`,
      };
    });
  }

  private async listOf(count: number): Promise<string> {
    const known = this.lists.get(count);
    if (known) return known;
    if (count > this.setting.contacts) throw new RangeError(`there are ${this.setting.contacts} contacts, not ${count}`);
    const id = uuidv7();
    await this.source.query(`INSERT INTO lists (id, workspace_id, name, name_key) VALUES ($1, $2, $3, $3)`, [
      id,
      this.context.workspaceId,
      `first ${count}`,
    ]);
    await this.source.query(
      `INSERT INTO list_memberships (list_id, contact_id, status) SELECT $1, id, 'subscribed' FROM contacts WHERE workspace_id = $2 ORDER BY id LIMIT $3`,
      [id, this.context.workspaceId, count],
    );
    await this.source.query('ANALYZE list_memberships');
    this.lists.set(count, id);
    return id;
  }

  /** Every outcome is committed, as the counters say, which are committed with them. */
  private async settled(campaignId: string, count: number): Promise<void> {
    for (;;) {
      const [{ n }] = (await this.source.query(
        `SELECT coalesce(sum(value), 0)::int AS n FROM counters WHERE campaign_id = $1 AND metric IN ('accepted', 'bounced', 'failed', 'unknown')`,
        [campaignId],
      )) as [{ n: number }];
      if (n >= count) return;
      await sleep(20);
    }
  }
}
