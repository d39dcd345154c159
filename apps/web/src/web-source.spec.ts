import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFormat, latinDigits } from './i18n/format';
import en from './i18n/locales/en';
import fa from './i18n/locales/fa';

const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(tsx?|css)$/.test(name) && !/(schema|\.spec)\.ts$/.test(name))
  .map((name) => ({ name, text: readFileSync(path.join(root, name), 'utf8') }));

/** Every text with its key, `a.b.c`. */
function textsOf(tree: object, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[prefix + key, value]] : textsOf(value as object, `${prefix}${key}.`),
  );
}

describe('the texts', () => {
  const english = new Map(textsOf(en));
  const persian = new Map(textsOf(fa));

  it('are there in both languages, with the same places for values', () => {
    expect([...persian.keys()].sort()).toEqual([...english.keys()].sort());
    const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
    for (const [key, text] of english) expect(holes(persian.get(key)!), key).toEqual(holes(text));
  });

  it('are Persian where the page is, with Persian letters and Persian digits', () => {
    const allowed = new Set(['builder.previewAsPlaceholder', 'templates.source', 'imports.delimiters.tab']);
    for (const [key, text] of persian) {
      if (!allowed.has(key)) expect(text, key).toMatch(/[\u0600-\u06ff]/);
      expect(text, key).not.toMatch(/[يك٠-٩]/);
      expect(text.replace(/\{\{\w+\}\}/g, ''), key).not.toMatch(/(?<![\w.@‎-])[0-9](?![\w.])/);
    }
  });
});

describe('the sources', () => {
  it('know start and end, never left and right', () => {
    const physical =
      /\b(margin|padding|border|inset)-?(Left|Right|left|right)\b|\b(m|p)[lr]=|text-align:\s*(left|right)|textAlign: '(left|right)'|ta="(left|right)"|[^-]\b(left|right):\s*['"\d]/;
    // The editor of code is left to right always, and the kit names its cursor so.
    const found = files.flatMap(({ name, text }) =>
      text
        .split('\n')
        .filter((line) => physical.test(line) && !/borderLeftColor/.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });

  it('have no words of their own: every text comes from the languages', () => {
    const words = />\s*[A-Z][a-z]+ [a-z]+[^<>{}]*</;
    expect(files.filter(({ name, text }) => name.endsWith('.tsx') && words.test(text)).map(({ name }) => name)).toEqual([]);
  });
});

describe('numbers and dates', () => {
  it('follow the language, or what was chosen', () => {
    expect(createFormat('fa', 'auto', 'auto').number(1234.5, 1)).toBe('۱٬۲۳۴٫۵');
    expect(createFormat('fa', 'auto', 'latin').number(1234.5, 1)).toMatch(/^1.234.5$/);
    expect(createFormat('en', 'auto', 'auto').percent(345, 1000)).toBe('34.5%');
    const noon = new Date(2026, 10, 23, 12);
    expect(createFormat('fa', 'auto', 'auto').day(noon)).toContain('۱۴۰۵');
    expect(createFormat('en', 'persian', 'auto').day(noon)).toContain('1405');
    expect(createFormat('en', 'auto', 'auto').day(noon)).toContain('2026');
  });

  it('are understood in Persian and in Arabic digits', () => {
    expect(latinDigits('۰۹:۳۰ ٤٥')).toBe('09:30 45');
  });
});
