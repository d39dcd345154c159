import Handlebars from 'handlebars';

export type PageLanguage = 'en' | 'fa';

/** The language of a public page for a reader of `tag`. */
export const languageOf = (tag: string | undefined): PageLanguage => (tag?.startsWith('fa') ? 'fa' : 'en');
export const directionOf = (language: PageLanguage): 'rtl' | 'ltr' => (language === 'fa' ? 'rtl' : 'ltr');

/**
 * A page for readers of mail: one card, in their language and direction. Works without scripts and loads nothing; Handlebars
 * escapes every value.
 * @param body Handlebars; the values get `language`, `direction` and `title` as well
 */
export function publicPage(body: string): (values: Readonly<Record<string, unknown>>) => string {
  return Handlebars.compile(`<!doctype html>
<html lang="{{language}}" dir="{{direction}}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{{title}}</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f4f5f7; color: #1c2430; font: 1.0625rem/1.75 Vazirmatn, system-ui, Tahoma, sans-serif; }
  main { background: #fff; max-width: 30rem; margin: 1rem; padding: 2rem; border-radius: .75rem; box-shadow: 0 1px 4px #0002; text-align: center; }
  h1 { font-size: 1.375rem; margin: 0 0 .5rem; }
  button { font: inherit; padding: .6rem 1.5rem; border: 0; border-radius: .5rem; background: #1c4f9c; color: #fff; cursor: pointer; }
  button.quiet { background: none; color: inherit; text-decoration: underline; padding: .3rem .6rem; margin-block-start: .75rem; }
  button:focus-visible, input:focus-visible, a:focus-visible { outline: 3px solid #8ab4f8; outline-offset: 2px; }
  a { color: #1c4f9c; }
  .more { margin-block: 1.25rem 0; }
  .note { background: #e5f3ea; color: #14532d; border-radius: .5rem; padding: .5rem 1rem; }
  fieldset { border: 0; margin: 1.25rem 0; padding: 0; text-align: start; }
  label { display: flex; gap: .75rem; align-items: flex-start; padding: .6rem 0; border-block-start: 1px solid #8883; }
  label input { inline-size: 1.25rem; block-size: 1.25rem; margin-block-start: .3rem; flex: none; }
  label small { display: block; opacity: .75; }
  @media (prefers-color-scheme: dark) { body { background: #14181f; color: #e6e9ee; } main { background: #1e242e; } a { color: #8ab4f8; } .note { background: #12331f; color: #b7e4c7; } }
</style>
</head>
<body><main>
${body}
</main></body></html>
`);
}
