import type { TemplateLink } from './template.types.js';
import { annotateUrl } from './url-tags.js';

/** A dynamic address as a template of its own, inside the scopes it stood in. */
export function linkProgramSource({ url, within = [] }: TemplateLink): string {
  const opening = within.map((scope) => `{{#${scope}}}`).join('');
  const closing = within.map((scope) => `{{/${scope.split(' ')[0]}}}`).reverse();
  return `${opening}${annotateUrl(url)}${closing.join('')}`;
}
