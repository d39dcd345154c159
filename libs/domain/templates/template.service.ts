import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ActorContext } from '#base/kernel';
import { compileTemplate } from './compile-template.js';
import { type GalleryLanguage, type GalleryTemplate, TemplateGallery } from './gallery.js';
import { templateLimits } from './limits.js';
import { invalidTemplate } from './template-problem.js';
import {
  type NewVersion,
  type TemplatePartial,
  TemplateRepository,
  type TemplateSummary,
  type TemplateVersion,
} from './template.repository.js';
import type { CompileResult, TemplateWarning, TextDirection } from './template.types.js';
import { templateError } from './templates.errors.js';
import { validateTags } from './validate-tags.js';

const fields = {
  name: z.string().trim().min(1).max(200),
  subject: z.string().trim().min(1),
  preheader: z.string(),
  source: z.string().min(1),
  textSource: z.string().nullable(),
  language: z.string().min(2).max(35),
  direction: z.enum(['ltr', 'rtl']),
  missingValues: z.enum(['empty', 'strict']),
};

/** What a new template is made of; `direction` follows the language if it is left out. */
export const newTemplateSchema = z.strictObject({
  ...fields,
  preheader: fields.preheader.default(''),
  textSource: fields.textSource.default(null),
  language: fields.language.default('en'),
  direction: fields.direction.optional(),
  missingValues: fields.missingValues.default('empty'),
});
export type NewTemplate = z.input<typeof newTemplateSchema>;

/** What a new version changes; everything else stays as the newest version has it. */
export const templateChangesSchema = z.strictObject(fields).partial();
export type TemplateChanges = z.input<typeof templateChangesSchema>;

const draftSchema = newTemplateSchema.omit({ name: true });
export type TemplateDraft = z.input<typeof draftSchema>;

/** A template with its newest version. */
export interface TemplateDetail extends TemplateSummary {
  readonly version: TemplateVersion;
}

export interface PublishedTemplate extends TemplateDetail {
  readonly warnings: readonly TemplateWarning[];
}

type Draft = z.output<typeof draftSchema> & { direction: TextDirection };

const RIGHT_TO_LEFT = /^(?:ar|fa|he|ur|ckb|ps|sd|ug|yi|dv)(?:-|$)/i;

/** The direction that a language is written in. */
export const directionOf = (language: string): TextDirection => (RIGHT_TO_LEFT.test(language) ? 'rtl' : 'ltr');

/** Templates of a workspace: every publication is a new version, and published versions never change. */
export class TemplateService {
  private readonly repository: TemplateRepository;

  constructor(
    dataSource: DataSource,
    private readonly gallery: TemplateGallery = new TemplateGallery(),
  ) {
    this.repository = new TemplateRepository(dataSource);
  }

  /** @throws ChaparError `template_invalid` */
  async create(context: ActorContext, input: NewTemplate, galleryKey: string | null = null): Promise<PublishedTemplate> {
    const { name, ...rest } = read(newTemplateSchema, input);
    const draft = complete(rest);
    const { compiled, warnings } = await this.compile(context, draft);
    const version = await this.repository.insert(
      context,
      { name, language: draft.language, direction: draft.direction, galleryKey },
      versionOf(draft, compiled),
    );
    return { ...(await this.summary(context, version.templateId)), version, warnings };
  }

  /**
   * Publishes a new version. A name alone changes no content, but is a version too: what was sent stays traceable.
   * @throws ChaparError `template_not_found`, `template_invalid`
   */
  async update(context: ActorContext, id: string, input: TemplateChanges): Promise<PublishedTemplate> {
    const changes = read(templateChangesSchema, input);
    const { version, ...summary } = await this.get(context, id);
    const language = changes.language ?? summary.language;
    const draft: Draft = {
      subject: changes.subject ?? version.subject,
      preheader: changes.preheader ?? version.preheader,
      source: changes.source ?? version.source,
      textSource: changes.textSource === undefined ? version.textSource : changes.textSource,
      language,
      direction: changes.direction ?? (changes.language === undefined ? summary.direction : directionOf(language)),
      missingValues: changes.missingValues ?? version.missingValues,
    };
    const { compiled, warnings } = await this.compile(context, draft);
    const row = { name: changes.name ?? summary.name, language, direction: draft.direction };
    const published = await this.repository.publish(context, id, row, versionOf(draft, compiled));
    if (!published) throw notFound(id);
    return { ...(await this.summary(context, id)), version: published, warnings };
  }

  /** Compiles without saving: for an editor's preview and its list of problems. @throws ChaparError `template_invalid` */
  check(context: ActorContext, input: TemplateDraft): Promise<CompileResult> {
    return this.compile(context, complete(read(draftSchema, input)));
  }

  list(context: ActorContext): Promise<TemplateSummary[]> {
    return this.repository.list(context);
  }

  /** @throws ChaparError `template_not_found` */
  async get(context: ActorContext, id: string): Promise<TemplateDetail> {
    const summary = await this.summary(context, id);
    const version = await this.repository.newestVersion(context, id);
    if (!version) throw notFound(id);
    return { ...summary, version };
  }

  /** A version, also of an archived template: mail that was sent from it can still be shown. @throws ChaparError `template_not_found` */
  async getVersion(context: ActorContext, versionId: string): Promise<TemplateVersion> {
    const version = z.uuid().safeParse(versionId).success ? await this.repository.findVersion(context, versionId) : undefined;
    if (!version) throw templateError('template_not_found', `there is no template version ${versionId}`);
    return version;
  }

  /** Takes a template out of lists; campaigns that were frozen with it go on. @throws ChaparError `template_not_found` */
  async archive(context: ActorContext, id: string): Promise<void> {
    if (!z.uuid().safeParse(id).success || !(await this.repository.archive(context, id))) throw notFound(id);
  }

  listPartials(context: ActorContext): Promise<TemplatePartial[]> {
    return this.repository.listPartials(context);
  }

  /** Creates or replaces a partial. Published versions keep what they were compiled with. @throws ChaparError `template_invalid` */
  async putPartial(context: ActorContext, name: string, source: string): Promise<void> {
    const field = `partials.${name}` as const;
    if (!/^[a-z][\w-]{0,63}$/i.test(name))
      throw invalidTemplate([
        { field, code: 'partial_name', message: 'a partial’s name begins with a letter and has letters, digits, _ and -' },
      ]);
    if (Buffer.byteLength(source) > templateLimits.sourceBytes)
      throw invalidTemplate([{ field, code: 'too_large', message: 'the partial is too large' }]);
    const problems = validateTags(source.replace(/\{\{~?\s*>[^}]*\}\}/g, ''));
    if (problems.length > 0) throw invalidTemplate(problems.map((problem) => ({ field, ...problem })));
    await this.repository.putPartial(context, name, source);
  }

  /** @throws ChaparError `template_not_found` */
  async deletePartial(context: ActorContext, name: string): Promise<void> {
    if (!(await this.repository.deletePartial(context, name))) throw templateError('template_not_found', `there is no partial "${name}"`);
  }

  listGallery(): Promise<readonly GalleryTemplate[]> {
    return this.gallery.list();
  }

  /** @throws ChaparError `template_gallery_not_found` */
  async createFromGallery(context: ActorContext, key: string, language: GalleryLanguage, name?: string): Promise<PublishedTemplate> {
    const { meta, source } = await this.gallery.read(key, language);
    const { subject, preheader } = meta[language];
    return this.create(context, { name: name ?? meta.name[language], subject, preheader, source, language }, key);
  }

  private async compile(context: ActorContext, draft: Draft): Promise<CompileResult> {
    const partials = new Map((await this.repository.listPartials(context)).map((partial) => [partial.name, partial.source]));
    return compileTemplate({ ...draft, partials, sender: await this.repository.sender(context) });
  }

  private async summary(context: ActorContext, id: string): Promise<TemplateSummary> {
    const summary = z.uuid().safeParse(id).success ? await this.repository.find(context, id) : undefined;
    if (!summary) throw notFound(id);
    return summary;
  }
}

const notFound = (id: string) => templateError('template_not_found', `there is no template ${id}`);

const complete = (draft: z.output<typeof draftSchema>): Draft => ({ ...draft, direction: draft.direction ?? directionOf(draft.language) });

function versionOf({ subject, preheader, source, textSource, missingValues }: Draft, compiled: NewVersion['compiled']): NewVersion {
  return { subject, preheader, source, textSource, missingValues, compiled };
}

function read<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const details = result.error.issues.map(({ path, message }) => ({ field: path.join('.'), code: 'invalid_field', message }));
  throw templateError('template_invalid', `${details[0]?.field ?? 'template'}: ${details[0]?.message ?? 'invalid'}`, { details });
}
