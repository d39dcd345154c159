export type * from './template.types.js';
