import type { DataSource } from 'typeorm';
import { MailClass } from '#base/contracts';
import { type ActorContext, silentLogger, systemClock, uuidv7 } from '#base/kernel';
import { defaultWorkspace, ensureFirstRun } from '#domain/accounts';
import { CampaignService, campaignTickets } from '#domain/campaigns';
import { DomainService, SANDBOX_DOMAIN } from '#domain/deliverability';
import { SendingControl, SiteDirectory, enqueueDeliveries } from '#domain/sending';
import { TemplateService } from '#domain/templates';
import { sandboxNextHops } from '#net/provider-simulator';
import { openJobTransport } from '#platform/jobs';
import type { SecretBox } from '#platform/secrets';

export interface MailingOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly simulatorPort: number;
  readonly secrets: SecretBox;
  /** Recipients of the campaign. */
  readonly bulk: number;
  /** Recipients of transactional mail beside it. */
  readonly orders: number;
}

/** Who people are with, in the simulation; two of ten have their own mail server. */
const DOMAINS = ['gmail', 'yahoo', 'outlook', 'icloud', 'gmx', 'chmail'].map((name) => `${name}.example`);
const SOURCE = `<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{first_name}}, <a href="https://example.org/news">the news</a></mj-text>
  <mj-text><a href="{{unsubscribe_url}}">Unsubscribe</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

/** A workspace as a first start makes it, with contacts, a list and a template. */
export class Mailing {
  private constructor(
    private readonly source: DataSource,
    private readonly options: MailingOptions,
    private readonly context: ActorContext,
    private readonly template: { readonly id: string; readonly versionId: string },
    private readonly listId: string,
  ) {}

  static async prepare(source: DataSource, options: MailingOptions): Promise<Mailing> {
    const domains = new DomainService(source, options.secrets, 'mail.example.org');
    await ensureFirstRun(source, { seed: async (manager, actor) => void (await domains.addSandbox(manager, actor)) });
    const context = await defaultWorkspace(source);
    const { workspaceId } = context;
    await source.query(`UPDATE workspaces SET postal_address = 'Street 1' WHERE id = $1`, [workspaceId]);
    const listId = uuidv7();
    await source.query(`INSERT INTO lists (id, workspace_id, name, name_key) VALUES ($1, $2, 'All', 'all')`, [listId, workspaceId]);
    await source.query(
      `WITH people AS (
         INSERT INTO contacts (workspace_id, email, email_key, first_name)
         SELECT $1, address, address, 'Sara' FROM (SELECT 'bulk' || n || '@' || ${domainOf('n')} AS address FROM generate_series(1, $3::int) AS n) AS a
         RETURNING id)
       INSERT INTO list_memberships (list_id, contact_id, status) SELECT $2, id, 'subscribed' FROM people`,
      [workspaceId, listId, options.bulk],
    );
    const template = await new TemplateService(source).create(context, { name: 'News', subject: 'Hello {{first_name}}', source: SOURCE });
    return new Mailing(source, options, context, { id: template.id, versionId: template.version.id }, listId);
  }

  /** Sends the campaign as the API does; who freezes it is a worker that gets the ticket. @returns its id */
  async sendCampaign(): Promise<string> {
    const jobs = await openJobTransport({ ...this.options, logger: silentLogger });
    try {
      const service = new CampaignService(
        this.source,
        new SendingControl(this.source),
        this.sites,
        campaignTickets(jobs),
        systemClock,
        'sandbox',
      );
      const { id } = await service.create(this.context, {
        name: 'News',
        templateId: this.template.id,
        fromName: 'News',
        fromEmail: `hello@${SANDBOX_DOMAIN}`,
        audience: { include: { lists: [this.listId] } },
      });
      await service.send(this.context, id);
      return id;
    } finally {
      await jobs.close({ drainMs: 1_000 });
    }
  }

  /** Transactional mail, which is sent again where a dot had no reply. */
  async queueOrders(): Promise<void> {
    const campaignId = uuidv7();
    const { workspaceId } = this.context;
    await this.source.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO campaigns (id, workspace_id, name, status, template_id, template_version_id, domain_id, from_name, from_email)
         SELECT $1, $2, 'Orders', 'sending', $3, $4, id, 'Shop', $5 FROM domains WHERE workspace_id = $2 AND name = $6`,
        [campaignId, workspaceId, this.template.id, this.template.versionId, `shop@${SANDBOX_DOMAIN}`, SANDBOX_DOMAIN],
      );
      const deliveries = (await manager.query(
        `INSERT INTO deliveries (workspace_id, campaign_id, kind, template_version_id, email, merge)
         SELECT $1, $2, 0, $3, 'order' || n || '@' || ${domainOf('n')}, '{"first_name": "Sara"}' FROM generate_series(1, $4::int) AS n
         RETURNING id, split_part(email, '@', -1) AS domain`,
        [workspaceId, campaignId, this.template.versionId, this.options.orders],
      )) as { id: string; domain: string }[];
      const expiresAt = new Date(Date.now() + 24 * 3600_000);
      await enqueueDeliveries(manager, { workspaceId, campaignId, class: MailClass.transactional, expiresAt, deliveries }, this.sites);
    });
  }

  private get sites(): SiteDirectory {
    return new SiteDirectory(this.source, sandboxNextHops({ basePort: this.options.simulatorPort }));
  }
}

/** SQL for the domain of person `n`. */
function domainOf(n: string): string {
  const [own, hosted] = [`'company' || ${n} % 97 || '.example'`, `('{${DOMAINS.join(',')}}'::text[])[${n} % ${DOMAINS.length} + 1]`];
  return `CASE WHEN ${n} % 10 < 2 THEN ${own} ELSE ${hosted} END`;
}
