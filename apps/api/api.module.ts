import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { type Logger, systemClock } from '#base/kernel';
import { ApiKeyService, SessionService } from '#domain/accounts';
import { ContactService, ImportService, ListService, MembershipService, SuppressionService, TopicService } from '#domain/audience';
import { CampaignService, campaignTickets } from '#domain/campaigns';
import { DkimRotation, DomainService, type RecordLookup } from '#domain/deliverability';
import { type AttachmentFetch, MessageAcceptor, MessageDirectory } from '#domain/messages';
import { EgressSources } from '#domain/egress';
import { INBOUND_ROUTE, ThreadService, releaseInbound } from '#domain/feedback';
import { Quarantine } from '#domain/filtering';
import { SendingControl, SiteDirectory } from '#domain/sending';
import { TemplateService } from '#domain/templates';
import { WebhookLog, WebhookService } from '#domain/webhooks';
import type { NextHopResolver } from '#net/dns';
import type { BlobStore } from '#platform/blobs';
import type { JobTransport } from '#platform/jobs';
import type { SecretBox } from '#platform/secrets';
import { AccessGuard } from './http/access.guard.js';
import { ErrorFilter } from './http/error.filter.js';
import { RateLimiter } from './http/rate-limit.js';
import { SessionCookie } from './http/session-cookie.js';
import { ApiKeysController } from './routes/api-keys.controller.js';
import { CampaignsController } from './routes/campaigns.controller.js';
import { ContactsController } from './routes/contacts.controller.js';
import { AuditController } from './routes/audit.controller.js';
import { CompatSender } from './routes/compat/compat-sender.js';
import { MailgunController } from './routes/compat/mailgun.controller.js';
import { PostmarkController } from './routes/compat/postmark.controller.js';
import { SendGridController } from './routes/compat/sendgrid.controller.js';
import { DomainsController } from './routes/domains.controller.js';
import { EmailsController } from './routes/emails.controller.js';
import { DkimController } from './routes/dkim.controller.js';
import { EgressController } from './routes/egress.controller.js';
import { WarmupController } from './routes/warmup.controller.js';
import { HealthController } from './routes/health.controller.js';
import { ImportsController } from './routes/imports.controller.js';
import { ListsController } from './routes/lists.controller.js';
import { MessagesController } from './routes/messages.controller.js';
import { MetricsController } from './routes/metrics.controller.js';
import { QuarantineController } from './routes/quarantine.controller.js';
import { QueueController } from './routes/queue.controller.js';
import { SessionController } from './routes/session.controller.js';
import { StatusController } from './routes/status.controller.js';
import { SuppressionsController } from './routes/suppressions.controller.js';
import { TemplatesController } from './routes/templates.controller.js';
import { ThreadsController } from './routes/threads.controller.js';
import { TopicsController } from './routes/topics.controller.js';
import { WebhooksController } from './routes/webhooks.controller.js';
import { DELIVERY, FETCH_ATTACHMENT, JOBS, RECORD_LOOKUP } from './tokens.js';

export interface ApiDependencies {
  readonly dataSource: DataSource;
  readonly jobs: JobTransport;
  readonly nextHops: NextHopResolver;
  readonly logger: Logger;
  readonly dataDir: string;
  readonly delivery: 'sandbox' | 'live';
  /** Where people reach it; https makes the session's cookie Secure. */
  readonly publicUrl: string;
  readonly secrets: Pick<SecretBox, 'seal'>;
  /** Our name in DNS. */
  readonly hostname?: string;
  readonly webhooksAllowPrivate?: boolean;
  readonly blobs: BlobStore;
  readonly fetchAttachment: AttachmentFetch;
  readonly recordLookup: RecordLookup;
  /** Requests a second for each key or session. */
  readonly requestRate: number;
}

export const controllers = [
  SessionController,
  CampaignsController,
  ContactsController,
  ListsController,
  ImportsController,
  SuppressionsController,
  TemplatesController,
  ThreadsController,
  StatusController,
  QueueController,
  QuarantineController,
  EgressController,
  WarmupController,
  DkimController,
  MessagesController,
  TopicsController,
  WebhooksController,
  EmailsController,
  DomainsController,
  ApiKeysController,
  PostmarkController,
  SendGridController,
  MailgunController,
  HealthController,
  MetricsController,
  AuditController,
];

@Module({})
export class ApiModule {
  static with(dependencies: ApiDependencies): DynamicModule {
    const { dataSource, jobs, nextHops, logger, dataDir, delivery, publicUrl, secrets, blobs } = dependencies;
    const rules = { allowsPrivate: dependencies.webhooksAllowPrivate ?? false, ownHosts: [new URL(publicUrl).hostname] };
    const domains = new DomainService(dataSource, secrets, dependencies.hostname ?? 'localhost');
    const sites = new SiteDirectory(dataSource, nextHops);
    const campaigns = new CampaignService(dataSource, new SendingControl(dataSource), sites, campaignTickets(jobs), systemClock, delivery);
    return {
      module: ApiModule,
      controllers,
      providers: [
        { provide: DataSource, useValue: dataSource },
        { provide: JOBS, useValue: jobs },
        { provide: DELIVERY, useValue: delivery },
        { provide: SessionCookie, useValue: new SessionCookie(publicUrl) },
        { provide: SessionService, useValue: new SessionService(dataSource, systemClock) },
        { provide: ApiKeyService, useValue: new ApiKeyService(dataSource) },
        { provide: CampaignService, useValue: campaigns },
        { provide: TemplateService, useValue: new TemplateService(dataSource) },
        { provide: TopicService, useValue: new TopicService(dataSource) },
        { provide: WebhookService, useValue: new WebhookService(dataSource, secrets, rules, systemClock) },
        { provide: EgressSources, useValue: new EgressSources(dataSource, secrets) },
        { provide: DomainService, useValue: domains },
        { provide: DkimRotation, useValue: new DkimRotation(dataSource, domains, secrets) },
        { provide: WebhookLog, useValue: new WebhookLog(dataSource, systemClock) },
        { provide: ContactService, useValue: new ContactService(dataSource) },
        { provide: MembershipService, useValue: new MembershipService(dataSource) },
        { provide: ListService, useValue: new ListService(dataSource) },
        { provide: Quarantine, useValue: new Quarantine(dataSource, { [INBOUND_ROUTE]: releaseInbound }) },
        { provide: ThreadService, useValue: new ThreadService(dataSource) },
        { provide: SuppressionService, useValue: new SuppressionService(dataSource) },
        { provide: ImportService, useValue: new ImportService(dataSource, { dataDir, logger }) },
        { provide: MessageAcceptor, useValue: new MessageAcceptor({ dataSource, sites, blobs, delivery }) },
        { provide: MessageDirectory, useValue: new MessageDirectory(dataSource, blobs) },
        { provide: RECORD_LOOKUP, useValue: dependencies.recordLookup },
        { provide: FETCH_ATTACHMENT, useValue: dependencies.fetchAttachment },
        CompatSender,
        { provide: RateLimiter, useValue: new RateLimiter(dependencies.requestRate) },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useValue: new ErrorFilter(logger) },
      ],
    };
  }
}
