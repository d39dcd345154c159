import { TemplateEntity, TemplatePartialEntity, TemplateVersionEntity } from './template.entity.js';

export type * from './template.types.js';
export { compileTemplate } from './compile-template.js';
export { type GalleryLanguage, type GalleryTemplate, TemplateGallery, galleryLanguages } from './gallery.js';
export { templateLimits } from './limits.js';
export { findLink } from './link-table.js';
export { type ContactFields, type DeliveryMerge, contactMergeData, mergeDataOf } from './merge-data.js';
export { findMissing, preparePreview, prepareTemplate, renderLink, renderPreview } from './render-template.js';
export { plainTextOf } from './plain-text.js';
export { decodeEntities, walkMarkup } from './walk-markup.js';
export { type TemplatePartial, TemplateRepository, type TemplateSummary, type TemplateVersion } from './template.repository.js';
export {
  type NewTemplate,
  type PublishedTemplate,
  type TemplateChanges,
  type TemplateDetail,
  type TemplateDraft,
  TemplateService,
  directionOf,
  newTemplateSchema,
  templateChangesSchema,
} from './template.service.js';
export { TemplatesModule } from './templates.module.js';

export const templatesEntities = [TemplateEntity, TemplateVersionEntity, TemplatePartialEntity];
