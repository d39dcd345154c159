import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { type ContactList, ListService } from '#domain/audience';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { listAnswer, listsAnswer } from '../schemas/audience.schema.js';

const newListSchema = z
  .strictObject({ name: z.string().max(200), description: z.string().max(2000).optional(), optIn: z.enum(['single', 'double']).optional() })
  .meta({ id: 'NewList' });
const renameSchema = z.strictObject({ name: z.string().max(200) }).meta({ id: 'ListPatch' });

@Controller('v1/lists')
@Access('signed-in')
export class ListsController {
  constructor(private readonly lists: ListService) {}

  @Answers(listsAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext) {
    const lists = await this.lists.list(actor);
    return { object: 'list', has_more: false, data: lists.map((list) => ({ ...present(list), members: list.members })) };
  }

  @Answers(listAnswer)
  @Post()
  async create(@CurrentActor() actor: ActorContext, @Body({ schema: newListSchema }) body: z.output<typeof newListSchema>) {
    return present(await this.lists.create(actor, body));
  }

  @Answers(listAnswer)
  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.lists.get(actor, id));
  }

  @Answers(listAnswer)
  @Patch(':id')
  async rename(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: renameSchema }) body: z.output<typeof renameSchema>,
  ) {
    return present(await this.lists.rename(actor, id, body.name));
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@CurrentActor() actor: ActorContext, @Param('id') id: string): Promise<void> {
    return this.lists.delete(actor, id);
  }
}

function present(list: ContactList) {
  return { object: 'list', id: list.id, name: list.name, description: list.description, opt_in: list.optIn, created_at: list.createdAt };
}
