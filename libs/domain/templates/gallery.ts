import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { projectFolder } from '#platform/files';
import { templateError } from './templates.errors.js';

export const galleryLanguages = ['en', 'fa'] as const;
export type GalleryLanguage = (typeof galleryLanguages)[number];

const perLanguage = z.strictObject({
  subject: z.string().min(1),
  preheader: z.string(),
  sample: z.record(z.string(), z.unknown()),
});
const bothLanguages = z.strictObject({ en: z.string().min(1), fa: z.string().min(1) });

const gallerySchema = z.strictObject({
  key: z.string().regex(/^[a-z\d]+(?:-[a-z\d]+)*$/),
  category: z.enum(['newsletter', 'welcome', 'promotion', 'ecommerce', 'event', 'announcement', 'lifecycle', 'survey', 'transactional']),
  name: bothLanguages,
  description: bothLanguages,
  en: perLanguage,
  fa: perLanguage,
});

/** meta.json of a shipped template; templates/README.md describes it. */
export type GalleryTemplate = z.infer<typeof gallerySchema>;

/** The templates that are shipped with the product, read from its folder once. */
export class TemplateGallery {
  private loaded: Promise<readonly GalleryTemplate[]> | undefined;

  constructor(private readonly folder = path.join(projectFolder(), 'templates', 'gallery')) {}

  /** Sorted by key. A broken meta.json is a defect of the product and fails the list. */
  list(): Promise<readonly GalleryTemplate[]> {
    this.loaded ??= this.load();
    return this.loaded;
  }

  /** @throws ChaparError `template_gallery_not_found` */
  async read(key: string, language: GalleryLanguage): Promise<{ meta: GalleryTemplate; source: string }> {
    const meta = (await this.list()).find((template) => template.key === key);
    if (!meta || !galleryLanguages.includes(language))
      throw templateError('template_gallery_not_found', `the gallery has no template "${key}" in "${language}"`);
    return { meta, source: await readFile(path.join(this.folder, meta.key, `${language}.mjml`), 'utf8') };
  }

  private async load(): Promise<readonly GalleryTemplate[]> {
    if (!existsSync(this.folder)) return [];
    const folders = (await readdir(this.folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    return Promise.all(folders.sort().map((folder) => this.readMeta(folder)));
  }

  private async readMeta(folder: string): Promise<GalleryTemplate> {
    const meta = gallerySchema.parse(JSON.parse(await readFile(path.join(this.folder, folder, 'meta.json'), 'utf8')));
    if (meta.key !== folder) throw new TypeError(`templates/gallery/${folder}/meta.json has the key ${meta.key}`);
    return meta;
  }
}
