import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { DataSource } from 'typeorm';
import type { Logger } from '#base/kernel';
import { type EngagementService, PreferenceService, TrackingTokens, TrackingUrls, UnsubscribeService } from '#domain/tracking';
import { httpLimits } from '#platform/nest';
import { LinkDirectory } from './link-directory.js';
import { ENGAGEMENT, TrackerController } from './tracker.controller.js';
import { TrackerErrorFilter } from './tracker-error.filter.js';

export interface TrackerOptions {
  readonly dataSource: DataSource;
  readonly engagement: EngagementService;
  readonly trackingKey: Uint8Array;
  readonly publicUrl: string;
  readonly logger: Logger;
  /** Addresses and ranges whose X-Forwarded-For is believed, besides the HTTP role's on this machine. */
  readonly trustedProxies?: readonly string[];
}

@Module({})
class TrackerModule {
  static with({ dataSource, engagement, trackingKey, publicUrl, logger }: TrackerOptions): DynamicModule {
    const tokens = new TrackingTokens(trackingKey);
    return {
      module: TrackerModule,
      controllers: [TrackerController],
      providers: [
        { provide: TrackingTokens, useValue: tokens },
        { provide: LinkDirectory, useValue: new LinkDirectory(dataSource, new TrackingUrls(tokens, publicUrl)) },
        { provide: ENGAGEMENT, useValue: engagement },
        { provide: APP_FILTER, useValue: new TrackerErrorFilter(logger) },
        { provide: PreferenceService, useValue: new PreferenceService(dataSource) },
        { provide: UnsubscribeService, useValue: new UnsubscribeService(dataSource) },
      ],
    };
  }
}

/** The tracker's HTTP application, not listening yet. */
export async function createTracker(options: TrackerOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    ...httpLimits,
    // The HTTP role in front of it, on this machine, says whose request it passes on.
    trustProxy: ['127.0.0.1', '::1', ...(options.trustedProxies ?? [])],
    bodyLimit: 16 * 1024,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(TrackerModule.with(options), adapter, { logger: false });
  // RFC 8058 §3.2: the one-click POST may come as multipart/form-data too. What it says fits one word.
  adapter.getInstance<FastifyInstance>().addContentTypeParser('multipart/form-data', { parseAs: 'string' }, (_request, body, done) => {
    done(null, String(body).includes('List-Unsubscribe') ? { 'List-Unsubscribe': 'One-Click' } : {});
  });
  return app;
}
