import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { type Topic, TopicService } from '#domain/audience';
import { Access, CurrentActor } from '../http/access.guard.js';

const names = z.record(z.string().max(35), z.strictObject({ name: z.string().max(100), description: z.string().max(500).optional() }));
const common = { name: z.string().max(100), description: z.string().max(500).optional(), names: names.optional() };
const newSchema = z
  .strictObject({ ...common, default_subscription: z.enum(['opt_in', 'opt_out']).default('opt_in') })
  .meta({ id: 'NewTopic' });
const patchSchema = z.strictObject({ ...common, name: common.name.optional() }).meta({ id: 'TopicPatch' });

/** What people choose from on their preference page, in Resend's shape; `names` is ours: the topic in other languages. */
@Controller(['topics', 'v1/topics'])
@Access('signed-in')
export class TopicsController {
  constructor(private readonly topics: TopicService) {}

  @Post()
  async create(@CurrentActor() actor: ActorContext, @Body({ schema: newSchema }) body: z.output<typeof newSchema>) {
    const { default_subscription, ...rest } = body;
    // Resend's words: opt_in means that everybody gets it until they say otherwise.
    return present(await this.topics.create(actor, { ...rest, isOptIn: default_subscription === 'opt_out' }));
  }

  @Get()
  async list(@CurrentActor() actor: ActorContext) {
    return { object: 'list', has_more: false, data: (await this.topics.list(actor)).map(present) };
  }

  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.topics.get(actor, id));
  }

  @Patch(':id')
  async change(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: patchSchema }) body: z.output<typeof patchSchema>,
  ) {
    return present(await this.topics.change(actor, id, body));
  }

  @Delete(':id')
  async delete(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    await this.topics.delete(actor, id);
    return { object: 'topic', id, deleted: true };
  }
}

function present({ id, name, description, names: translated, isOptIn, createdAt }: Topic) {
  return {
    object: 'topic',
    id,
    name,
    description,
    names: translated,
    default_subscription: isOptIn ? 'opt_out' : 'opt_in',
    created_at: createdAt,
  };
}
