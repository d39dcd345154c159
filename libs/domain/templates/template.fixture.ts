import { compileTemplate } from './compile-template.js';
import type { CompileResult, MessageUrls, TemplateInput } from './template.types.js';

/** For specs: MJML around one column's content. */
export const mjml = (content: string): string =>
  `<mjml><mj-body><mj-section><mj-column>${content}</mj-column></mj-section></mj-body></mjml>`;
export const textBlock = (content: string): string => mjml(`<mj-text>${content}</mj-text>`);
export const wayOut = '<a href="{{unsubscribe_url}}">Unsubscribe</a>';

/** For specs: compiles with every other field at its plainest. */
export function compile(source: string, more: Partial<TemplateInput> = {}): Promise<CompileResult> {
  return compileTemplate({
    subject: 'Subject',
    preheader: '',
    source,
    language: 'en',
    direction: 'ltr',
    missingValues: 'empty',
    partials: new Map(),
    ...more,
  });
}

export const testUrls: MessageUrls = {
  link: (position) => `https://t.test/c/${position}`,
  openPixel: () => 'https://t.test/o.gif',
  unsubscribe: () => 'https://t.test/u',
  webView: () => 'https://t.test/v',
};
