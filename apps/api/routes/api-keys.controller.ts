import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { ApiKeyService, type ApiKeyScope, type ApiKeyView } from '#domain/accounts';
import { DomainService } from '#domain/deliverability';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { type PageQuery, pageOf, pageSchema } from '../http/page-query.js';
import { apiKeysAnswer, newApiKeyAnswer } from '../schemas/account.schema.js';

const permissions = { full_access: 'full', sending_access: 'sending', read_access: 'read' } as const satisfies Record<string, ApiKeyScope>;
type Permission = keyof typeof permissions;

const newSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(50),
    permission: z.enum(Object.keys(permissions) as [Permission, ...Permission[]]).default('full_access'),
    /** Of a sending domain: its id. */
    domain_id: z.string().max(100).nullish(),
    expires_at: z.iso.datetime({ offset: true }).nullish(),
    allowed_networks: z.array(z.string().max(60)).max(50).nullish(),
  })
  .meta({ id: 'NewApiKey' });

/** Keys of the workspace, in Resend's shape. The secret is shown once, when a key is made. */
@Controller(['api-keys', 'v1/api-keys'])
@Access('signed-in')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeyService,
    private readonly domains: DomainService,
  ) {}

  @Answers(newApiKeyAnswer)
  @Post()
  async create(@CurrentActor() actor: ActorContext, @Body({ schema: newSchema }) body: z.output<typeof newSchema>) {
    const domain = body.domain_id ? (await this.domains.get(actor, body.domain_id)).name : undefined;
    const { id, key } = await this.keys.create(actor, {
      name: body.name,
      scope: permissions[body.permission],
      ...(domain !== undefined && { domain }),
      ...(body.expires_at && { expiresAt: new Date(body.expires_at) }),
      allowedNetworks: body.allowed_networks ?? [],
    });
    return { object: 'api_key', id, token: key };
  }

  @Answers(apiKeysAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: pageSchema }) query: PageQuery) {
    const { data, has_more } = pageOf(await this.keys.list(actor), query);
    return { object: 'list', has_more, data: data.map(present) };
  }

  @Delete(':id')
  @HttpCode(200)
  async revoke(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    await this.keys.revoke(actor, id);
    return { object: 'api_key', id, deleted: true };
  }
}

function present(key: ApiKeyView) {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    permission: Object.entries(permissions).find(([, scope]) => scope === key.scope)![0],
    domain: key.domain,
    allowed_networks: key.allowedNetworks,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt,
    expires_at: key.expiresAt,
  };
}
