import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { messageOf } from '#base/kernel';
import { Access } from '../http/access.guard.js';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

@Controller('health')
@Access('public')
export class HealthController {
  constructor(private readonly dataSource: DataSource) {}

  /** The process answers; nothing else is asked. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string; checks: Check[] }> {
    const checks = await Promise.all([
      this.check('database', 'SELECT 1'),
      this.check('schema', 'SELECT 1 FROM chapar_migrations LIMIT 1'),
      this.mta(),
    ]);
    const ok = checks.every((check) => check.ok);
    void reply.status(ok ? 200 : 503);
    return { status: ok ? 'ok' : 'unavailable', checks };
  }

  private async check(name: string, sql: string): Promise<Check> {
    try {
      await this.dataSource.query(sql);
      return { name, ok: true };
    } catch (error) {
      return { name, ok: false, detail: messageOf(error) };
    }
  }

  /** Mail moves only while an MTA worker is alive. */
  private async mta(): Promise<Check> {
    try {
      const [row] = (await this.dataSource.query(
        `SELECT count(*)::int AS alive FROM mta_workers WHERE heartbeat_at > now() - interval '30 seconds'`,
      )) as [{ alive: number }];
      return row.alive > 0
        ? { name: 'mta', ok: true }
        : { name: 'mta', ok: false, detail: 'no MTA worker has reported in the last 30 seconds' };
    } catch (error) {
      return { name: 'mta', ok: false, detail: messageOf(error) };
    }
  }
}
