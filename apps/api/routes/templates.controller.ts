import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { ContactService } from '#domain/audience';
import {
  type NewTemplate,
  type PublishedTemplate,
  type TemplateChanges,
  type TemplateDetail,
  TemplateService,
  contactMergeData,
  galleryLanguages,
  newTemplateSchema,
  renderPreview,
  templateChangesSchema,
} from '#domain/templates';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { galleryAnswer, templateAnswer, templateListAnswer, templatePreviewAnswer } from '../schemas/template.schema.js';

const fromGallerySchema = z
  .strictObject({ key: z.string().max(100), language: z.enum(galleryLanguages), name: z.string().max(200).optional() })
  .meta({ id: 'FromGallery' });
/** A draft that is not saved; the values are those of a contact, or the given ones. */
const previewSchema = newTemplateSchema
  .omit({ name: true })
  .extend({ contact: z.string().max(320).optional(), values: z.record(z.string().max(100), z.unknown()).default({}) })
  .meta({ id: 'TemplateDraft' });
const partialSchema = z.strictObject({ source: z.string() }).meta({ id: 'TemplatePartial' });

@Controller('v1/templates')
@Access('signed-in')
export class TemplatesController {
  constructor(
    private readonly templates: TemplateService,
    private readonly contacts: ContactService,
  ) {}

  @Answers(templateListAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext) {
    const data = (await this.templates.list(actor)).map((one) => ({
      object: 'template',
      id: one.id,
      name: one.name,
      language: one.language,
      direction: one.direction,
      subject: one.subject,
      updated_at: one.updatedAt,
    }));
    return { object: 'list', has_more: false, data };
  }

  @Answers(galleryAnswer)
  @Get('gallery')
  async gallery() {
    return { object: 'list', has_more: false, data: await this.templates.listGallery() };
  }

  /** What a draft looks like to a reader. Nothing is saved. */
  @Answers(templatePreviewAnswer)
  @Post('preview')
  @HttpCode(200)
  async preview(@CurrentActor() actor: ActorContext, @Body({ schema: previewSchema }) body: z.output<typeof previewSchema>) {
    const { contact, values, ...draft } = body;
    const { compiled, warnings } = await this.templates.check(actor, draft);
    const data = contact === undefined ? { email: 'reader@example.org', ...values } : await this.valuesOf(actor, contact);
    return { ...renderPreview(compiled, data), warnings };
  }

  private async valuesOf(actor: ActorContext, address: string) {
    const { email, firstName: first_name, lastName: last_name, language, attributes } = await this.contacts.getByEmail(actor, address);
    return contactMergeData({ email, first_name, last_name, language, attributes });
  }

  @Answers(templateAnswer)
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

  @Answers(templateAnswer)
  @Post()
  async create(@CurrentActor() actor: ActorContext, @Body({ schema: newTemplateSchema.meta({ id: 'NewTemplate' }) }) body: NewTemplate) {
    return present(await this.templates.create(actor, body));
  }

  @Answers(templateAnswer)
  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.templates.get(actor, id));
  }

  @Answers(templateAnswer)
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
    text_source: template.version.textSource,
    missing_values: template.version.missingValues,
    links: template.version.compiled.links,
    ...('warnings' in template ? { warnings: template.warnings } : {}),
  };
}
