import { Controller, Get, Query } from '@nestjs/common';
import * as z from 'zod';
import { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { listAudit } from '#platform/audit';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { auditAnswer } from '../schemas/account.schema.js';
import { operatorOf } from './queue-operator.js';

const listSchema = z.strictObject({
  scope: z.enum(['workspace', 'instance']).default('workspace'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** The record of what people and keys did, the newest first. */
@Controller('v1/audit')
@Access('signed-in')
export class AuditController {
  constructor(private readonly dataSource: DataSource) {}

  @Answers(auditAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: listSchema }) query: z.output<typeof listSchema>) {
    const { workspaceId } = await operatorOf(this.dataSource, actor, query.scope);
    const entries = await listAudit(this.dataSource, workspaceId, query.limit + 1);
    const data = entries.slice(0, query.limit).map(({ number, at, actor: by, action, target, detail }) => ({
      object: 'audit_entry',
      number,
      at,
      actor: by,
      action,
      target,
      detail,
    }));
    return { object: 'list', has_more: entries.length > query.limit, data };
  }
}
