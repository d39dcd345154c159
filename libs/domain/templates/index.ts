export type * from './template.types.js';
export { compileTemplate } from './compile-template.js';
export { findMissing, prepareTemplate, renderLink, renderPreview } from './render-template.js';
export { type ContactFields, type DeliveryMerge, contactMergeData, mergeDataOf } from './merge-data.js';
export { templateLimits } from './limits.js';
