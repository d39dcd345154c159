import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { MailClass } from '#base/contracts';
import { systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { SiteDirectory, enqueueDeliveries, sendingEntities } from '#domain/sending';
import { TemplateService, templatesEntities } from '#domain/templates';
import { mailHosts } from './mail-hosts.js';
import { sendingDomain } from './messages.js';

/** What benches of the engine start from: a workspace, a small template, campaigns queued without contacts. */
export const entities = [...accountsEntities, ...templatesEntities, ...sendingEntities];

export interface Sender {
  readonly workspaceId: string;
  readonly domainId: string;
  readonly templateId: string;
  readonly templateVersionId: string;
}

export async function prepareSender(source: DataSource): Promise<Sender> {
  const [workspaceId, domainId] = [uuidv7(), uuidv7()];
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Bench', 'bench')`, [workspaceId]);
  await source.query(`INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, $3, 'verified', $4)`, [
    domainId,
    workspaceId,
    sendingDomain,
    `bounces.${sendingDomain}`,
  ]);
  const template = await new TemplateService(source).create(systemActor(workspaceId, 'bench'), {
    name: 'T',
    subject: 'Hello',
    source: '<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>',
  });
  return { workspaceId, domainId, templateId: template.id, templateVersionId: template.version.id };
}

/** @param address SQL for the address of recipient `n` */
export async function queueCampaign(
  source: DataSource,
  port: number,
  sender: Sender,
  count: number,
  address: string,
  mailClass: MailClass = MailClass.bulk,
): Promise<string> {
  const campaignId = uuidv7();
  await source.query(
    `INSERT INTO campaigns (id, workspace_id, name, status, template_id, template_version_id, domain_id, from_email) VALUES ($1, $2, 'Bench', 'sending', $3, $4, $5, $6)`,
    [campaignId, sender.workspaceId, sender.templateId, sender.templateVersionId, sender.domainId, `hello@${sendingDomain}`],
  );
  const sites = new SiteDirectory(source, mailHosts(port, true));
  await source.transaction(async (manager) => {
    const deliveries = (await manager.query(
      `INSERT INTO deliveries (workspace_id, campaign_id, email) SELECT $1, $2, ${address} FROM generate_series(1, $3::int) AS n
       RETURNING id, split_part(email, '@', -1) AS domain`,
      [sender.workspaceId, campaignId, count],
    )) as { id: string; domain: string }[];
    const expiresAt = new Date(Date.now() + 3600_000);
    await enqueueDeliveries(manager, { workspaceId: sender.workspaceId, campaignId, class: mailClass, expiresAt, deliveries }, sites);
  });
  return campaignId;
}

/** Nothing of the campaign waits any more. */
export async function emptied(source: DataSource, campaignId: string): Promise<void> {
  for (;;) {
    const [{ waits }] = (await source.query('SELECT EXISTS (SELECT FROM batches WHERE campaign_id = $1) AS waits', [campaignId])) as [
      { waits: boolean },
    ];
    if (!waits) return;
    await sleep(20);
  }
}
