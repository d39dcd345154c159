import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { type Suppression, SuppressionService, suppressionReasons, suppressionScopes } from '#domain/audience';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { suppressionPageAnswer } from '../schemas/audience.schema.js';

const address = z.string().min(1).max(400);
const scope = z.enum(suppressionScopes);
const reason = z.enum(suppressionReasons);
const newSchema = z
  .strictObject({
    address,
    reason: reason.default('manual'),
    scope: scope.optional(),
    note: z.string().max(2000).optional(),
    expires_at: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'NewSuppression' });
const batchSchema = z.strictObject({ suppressions: z.array(newSchema).min(1).max(1000) }).meta({ id: 'NewSuppressions' });
const removalSchema = z
  .strictObject({ addresses: z.array(address).min(1).max(1000), scope: scope.optional() })
  .meta({ id: 'SuppressionRemoval' });
const checkSchema = z
  .strictObject({ addresses: z.array(address).min(1).max(1000), stream: z.enum(['marketing', 'transactional']).default('marketing') })
  .meta({ id: 'SuppressionCheck' });
const overrideSchema = z
  .strictObject({ address, note: z.string().max(2000).optional(), expires_at: z.iso.datetime({ offset: true }).optional() })
  .meta({ id: 'SuppressionOverride' });
const listSchema = z.strictObject({
  search: z.string().max(320).optional(),
  reason: reason.optional(),
  scope: scope.optional(),
  cursor: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
});

/** Whom the workspace does not write to. An address is a whole one, `@domain`, or a pattern such as `*@*.example.org`. */
@Controller('v1/suppressions')
@Access('signed-in')
export class SuppressionsController {
  constructor(private readonly suppressions: SuppressionService) {}

  @Answers(suppressionPageAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: listSchema }) query: z.output<typeof listSchema>) {
    const { suppressions, nextCursor } = await this.suppressions.list(actor, query);
    return { object: 'list', has_more: nextCursor !== null, next_cursor: nextCursor, data: suppressions.map(present) };
  }

  @Post()
  @HttpCode(200)
  async add(@CurrentActor() actor: ActorContext, @Body({ schema: newSchema }) body: z.output<typeof newSchema>) {
    const isNew = await this.suppressions.add(actor, inputOf(body));
    return { object: 'suppression', address: body.address, added: isNew };
  }

  /** Up to 1,000 at once, all or none. */
  @Post('batch')
  @HttpCode(200)
  async addMany(@CurrentActor() actor: ActorContext, @Body({ schema: batchSchema }) body: z.output<typeof batchSchema>) {
    return this.suppressions.addMany(actor, body.suppressions.map(inputOf));
  }

  @Post('batch/remove')
  @HttpCode(200)
  async removeMany(@CurrentActor() actor: ActorContext, @Body({ schema: removalSchema }) body: z.output<typeof removalSchema>) {
    return { removed: await this.suppressions.removeMany(actor, body.addresses, body.scope) };
  }

  /** Which of up to 1,000 addresses would get no mail, and why. */
  @Post('check')
  @HttpCode(200)
  async check(@CurrentActor() actor: ActorContext, @Body({ schema: checkSchema }) body: z.output<typeof checkSchema>) {
    const found = await this.suppressions.check(actor, body.addresses, body.stream);
    return { object: 'list', has_more: false, data: [...found].map(([asked, by]) => ({ address: asked, suppressed_by: present(by) })) };
  }

  @Get('overrides')
  async overrides(@CurrentActor() actor: ActorContext) {
    const data = (await this.suppressions.listAllowed(actor)).map((one) => ({
      address: one.address,
      note: one.note,
      created_by: one.createdBy,
      created_at: one.createdAt,
      expires_at: one.expiresAt,
    }));
    return { object: 'list', has_more: false, data };
  }

  /** Lets an address have mail whatever its domain, a pattern or a bounce says; complaints and unsubscriptions stay. */
  @Post('overrides')
  @HttpCode(204)
  async allow(@CurrentActor() actor: ActorContext, @Body({ schema: overrideSchema }) body: z.output<typeof overrideSchema>): Promise<void> {
    await this.suppressions.allow(actor, body.address, {
      note: body.note ?? '',
      expiresAt: body.expires_at === undefined ? null : new Date(body.expires_at),
    });
  }

  @Delete('overrides/:address')
  @HttpCode(204)
  async disallow(@CurrentActor() actor: ActorContext, @Param('address') one: string): Promise<void> {
    await this.suppressions.disallow(actor, one);
  }

  /** What is suppressed under exactly this address, domain or pattern. */
  @Get(':address')
  async get(@CurrentActor() actor: ActorContext, @Param('address') one: string) {
    return { object: 'list', has_more: false, data: (await this.suppressions.get(actor, one)).map(present) };
  }

  @Delete(':address')
  @HttpCode(204)
  async remove(@CurrentActor() actor: ActorContext, @Param('address') one: string): Promise<void> {
    await this.suppressions.remove(actor, one);
  }
}

function inputOf(body: z.output<typeof newSchema>) {
  return {
    address: body.address,
    reason: body.reason,
    scope: body.scope,
    detail: body.note,
    source: 'api',
    expiresAt: body.expires_at === undefined ? null : new Date(body.expires_at),
  };
}

function present(one: Suppression) {
  return {
    object: 'suppression',
    id: one.id,
    address: one.address,
    reason: one.reason,
    scope: one.scope,
    note: one.detail,
    source: one.source,
    delivery_id: one.deliveryId,
    event_id: one.eventId,
    created_by: one.createdBy,
    created_at: one.createdAt,
    expires_at: one.expiresAt,
  };
}
