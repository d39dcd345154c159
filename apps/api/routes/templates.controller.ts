import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import {
  type NewTemplate,
  type PublishedTemplate,
  type TemplateChanges,
  type TemplateDetail,
  TemplateService,
  galleryLanguages,
  newTemplateSchema,
  templateChangesSchema,
} from '#domain/templates';
import { Access, CurrentActor } from '../http/access.guard.js';

const fromGallerySchema = z
  .strictObject({ key: z.string().max(100), language: z.enum(galleryLanguages), name: z.string().max(200).optional() })
  .meta({ id: 'FromGallery' });
const partialSchema = z.strictObject({ source: z.string() }).meta({ id: 'TemplatePartial' });

@Controller('v1/templates')
@Access('signed-in')
export class TemplatesController {
  constructor(private readonly templates: TemplateService) {}

  @Get()
  async list(@CurrentActor() actor: ActorContext) {
    const data = (await this.templates.list(actor)).map((one) => ({
      object: 'template',
      id: one.id,
      name: one.name,
      language: one.language,
      direction: one.direction,
      updated_at: one.updatedAt,
    }));
    return { object: 'list', has_more: false, data };
  }

  @Get('gallery')
  async gallery() {
    return { object: 'list', has_more: false, data: await this.templates.listGallery() };
  }

  @Post('from-gallery')
  async fromGallery(@CurrentActor() actor: ActorContext, @Body({ schema: fromGallerySchema }) body: z.output<typeof fromGallerySchema>) {
    return present(await this.templates.createFromGallery(actor, body.key, body.language, body.name));
  }

  @Put('partials/:name')
  @HttpCode(204)
  putPartial(
    @CurrentActor() actor: ActorContext,
    @Param('name') name: string,
    @Body({ schema: partialSchema }) body: z.output<typeof partialSchema>,
  ): Promise<void> {
    return this.templates.putPartial(actor, name, body.source);
  }

  @Post()
  async create(@CurrentActor() actor: ActorContext, @Body({ schema: newTemplateSchema.meta({ id: 'NewTemplate' }) }) body: NewTemplate) {
    return present(await this.templates.create(actor, body));
  }

  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.templates.get(actor, id));
  }

  @Patch(':id')
  async update(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: templateChangesSchema.meta({ id: 'TemplatePatch' }) }) body: TemplateChanges,
  ) {
    return present(await this.templates.update(actor, id, body));
  }

  @Post(':id/archive')
  @HttpCode(204)
  archive(@CurrentActor() actor: ActorContext, @Param('id') id: string): Promise<void> {
    return this.templates.archive(actor, id);
  }
}

function present(template: TemplateDetail | PublishedTemplate) {
  return {
    object: 'template',
    id: template.id,
    name: template.name,
    language: template.language,
    direction: template.direction,
    version: template.version.number,
    subject: template.version.subject,
    preheader: template.version.preheader,
    source: template.version.source,
    missing_values: template.version.missingValues,
    links: template.version.compiled.links,
    ...('warnings' in template ? { warnings: template.warnings } : {}),
  };
}
