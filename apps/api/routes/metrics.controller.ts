import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { DataSource } from 'typeorm';
import { Access } from '../http/access.guard.js';

/** Figures for Prometheus. No address, subject or workspace is in a label. */
@Controller('metrics')
@Access('public')
export class MetricsController {
  private readonly registry = new Registry();

  constructor(@Inject(DataSource) dataSource: DataSource) {
    collectDefaultMetrics({ register: this.registry });
    const gauge = (name: string, help: string, sql: string) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        async collect() {
          const [row] = (await dataSource.query(sql)) as [{ value: string | null }];
          this.set(Number(row.value ?? 0));
        },
      });
    gauge('chapar_queue_messages', 'Messages that wait to be sent', 'SELECT sum(cardinality(delivery_ids)) AS value FROM batches');
    gauge(
      'chapar_queue_oldest_seconds',
      'How long the oldest due batch has waited',
      `SELECT greatest(0, extract(epoch FROM now() - min(due_at))) AS value FROM batches WHERE due_at <= now()`,
    );
    gauge('chapar_lanes_suspended', 'Lanes that are suspended now', `SELECT count(*) AS value FROM lanes WHERE suspended_until > now()`);
    gauge(
      'chapar_mta_workers',
      'MTA workers that reported in the last 30 seconds',
      `SELECT count(*) AS value FROM mta_workers WHERE heartbeat_at > now() - interval '30 seconds'`,
    );
  }

  @Get()
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    void reply.type(this.registry.contentType).send(await this.registry.metrics());
  }
}
