import fc from 'fast-check';
import Handlebars from 'handlebars';
import { expect, it } from 'vitest';
import { mergeFields } from './merge-fields.js';
import { type Program, parseHandlebars, statementsOf } from './handlebars-ast.js';
import { compilePart } from './program.js';
import { RenderContext, TextOutput } from './render-context.js';
import { prepareTemplate, renderPreview } from './render-template.js';
import { scanTags } from './scan-tags.js';
import type { CompiledTemplate } from './template.types.js';
import { compile, testUrls, textBlock } from './template.fixture.js';
import { validateTags } from './validate-tags.js';

const field = fc.constantFrom('a', 'b', 'c', 'd');
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('', '<b>"&\'`=', 'سلام دنیا', 'x'.repeat(200), 'a\nb', ' ', '=', '.', '👩‍👩‍👧'),
  fc.integer({ min: -1000, max: 1000 }),
  fc.boolean(),
  fc.constant(null),
);
const record = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> => fc.dictionary(field, value, { maxKeys: 4 });
const data = record(
  fc.oneof(scalar, record(fc.oneof(scalar, fc.array(record(scalar), { maxLength: 3 }))), fc.array(record(scalar), { maxLength: 4 })),
);

const staticText = fc.oneof(
  fc.constantFrom('Hello ', ' \n', '<p>\n  x</p>\n', 'یک متن فارسی ', 'a=b ', '\n.\n', 'very long '.repeat(20), '\t\n'),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[{}\\\r\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')),
);
const path = fc.oneof(
  field,
  fc.tuple(field, field).map((parts) => parts.join('.')),
);

/** Templates of Handlebars' own language, as both engines should understand it. */
const { template } = fc.letrec<{ template: string; node: string }>((tie) => ({
  template: fc.array(tie('node'), { maxLength: 5 }).map((nodes) => nodes.join('')),
  node: fc.oneof(
    { depthSize: 'small' },
    staticText,
    path.map((name) => `{{${name}}}`),
    fc
      .tuple(fc.constantFrom('if', 'unless', 'each', 'with'), path, tie('template'), tie('template'), fc.boolean())
      .map(([block, name, main, otherwise, withElse]) => {
        const inner = ['each', 'with'].includes(block)
          ? main.replace('{{a}}', '{{../a}}').replace('{{b}}', block === 'each' ? '{{@index}}' : '{{b}}')
          : main;
        return `{{#${block} ${name}}}${inner}${withElse ? `{{else}}${otherwise}` : ''}{{/${block}}}`;
      }),
  ),
}));

const compiledOf = (html: string): CompiledTemplate => ({
  format: 1,
  subject: '',
  preheader: '',
  html,
  text: html,
  links: [],
  fields: 'all',
  missingValues: 'empty',
  direction: 'ltr',
  language: 'en',
  sender: { name: '', postal_address: '' },
});

// RFC 2045 §6.7, for text whose line breaks are CRLF.
function decodeQuotedPrintable(buffers: readonly Buffer[]): string {
  const joined = Buffer.concat(buffers).toString('latin1').replace(/=\r\n/g, '');
  return Buffer.from(
    joined.replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
    .toString('utf8')
    .replace(/\r\n/g, '\n');
}

it('sends exactly what the preview shows', () => {
  fc.assert(
    fc.property(template, data, (source, values) => {
      const compiled = compiledOf(source);
      const sent = prepareTemplate(compiled).render(values, testUrls);
      const preview = renderPreview(compiled, values, testUrls);
      expect(decodeQuotedPrintable(sent.html)).toBe(preview.html);
      expect(decodeQuotedPrintable(sent.text)).toBe(preview.text);
    }),
    { numRuns: 500 },
  );
});

it('writes lines that every mail server takes, whatever the data', () => {
  fc.assert(
    fc.property(template, data, (source, values) => {
      for (const line of Buffer.concat(prepareTemplate(compiledOf(source)).render(values, testUrls).html)
        .toString('latin1')
        .split('\r\n')) {
        expect(line.length).toBeLessThanOrEqual(76);
        expect(line).toMatch(/^[\t\x20-\x7e]*$/);
        expect(line).not.toMatch(/[ \t]$/);
      }
    }),
    { numRuns: 300 },
  );
});

it('renders as Handlebars does', () => {
  fc.assert(
    fc.property(template, data, (source, values) => {
      const mine = new TextOutput();
      compilePart(source, 'html').run(new RenderContext(compiledOf(source), values, testUrls, () => undefined, mine));
      expect(mine.toString()).toBe(handlebars(source, values));
    }),
    { numRuns: 1000 },
  );
});

it('reads no field of the contact that it did not list', () => {
  fc.assert(
    fc.property(template, data, (source, values) => {
      const fields = mergeFields([parseHandlebars(source)]);
      if (fields === 'all') return;
      const frozen = Object.fromEntries(Object.entries(values).filter(([name]) => fields.includes(name)));
      expect(renderPreview(compiledOf(source), frozen, testUrls)).toEqual(renderPreview(compiledOf(source), values, testUrls));
    }),
    { numRuns: 300 },
  );
});

it('sends what it previews after MJML too, and keeps all text of it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          path.map((name) => `{{${name}}}`),
          fc.constantFrom('plain', '<b>x</b>', '<a href="https://a.test/{{a}}">l</a>', '{{#if a}}y{{else}}n{{/if}}'),
        ),
        { maxLength: 8 },
      ),
      data,
      async (nodes, values) => {
        const { compiled } = await compile(textBlock(nodes.join(' ')));
        const sent = prepareTemplate(compiled).render(values, testUrls);
        const preview = renderPreview(compiled, values, testUrls);
        expect(decodeQuotedPrintable(sent.html)).toBe(preview.html);
        expect(decodeQuotedPrintable(sent.text)).toBe(preview.text);
        expect(preview.text.match(/plain/g)?.length ?? 0).toBe(nodes.filter((node) => node === 'plain').length);
      },
    ),
    { numRuns: 40 },
  );
});

const fragment = fc.constantFrom(
  ...[
    '{{',
    '}}',
    '{{#if a}}',
    '{{/if}}',
    '{{else}}',
    '{{{',
    '}}}',
    '"',
    "'",
    '(',
    ')',
    '~',
    '@',
    '../',
    'a',
    ' ',
    '|',
    '{{!--',
    '--}}',
    '{{!',
    '\\',
    '=',
    '{{>',
    '{{^}}',
    '\n',
    '{{a}}',
    '[',
    ']',
    '{{!--}}',
    '--',
    '{{default a "}}"}}',
  ],
);

it('judges any text without throwing, and finds the tags that the parser finds', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 20 }), (fragments) => {
      const source = fragments.join('');
      if (validateTags(source).length > 0) return;
      const { tags } = scanTags(source);
      if (tags.some(({ kind }) => kind === 'partial')) return;
      expect(tags.filter(({ kind }) => kind === 'value').length).toBe(countStatements(parseHandlebars(source), 'MustacheStatement'));
      expect(tags.filter(({ kind }) => kind === 'open').length).toBe(countStatements(parseHandlebars(source), 'BlockStatement'));
      renderPreview(compiledOf(source), { a: 1 }, testUrls);
    }),
    { numRuns: 20000 },
  );
});

function countStatements(program: Program | undefined | null, type: string): number {
  return statementsOf(program).reduce((count, statement) => {
    const inner =
      statement.type === 'BlockStatement' ? countStatements(statement.program, type) + countStatements(statement.inverse, type) : 0;
    return count + inner + Number(statement.type === type);
  }, 0);
}

/** The real thing, with the two deviations of Chapar made up for: no list or object is printed, and no line break is a CR. */
function handlebars(source: string, values: Record<string, unknown>): string {
  const printable = (value: unknown): unknown => {
    if (Array.isArray(value)) return Object.assign(value.map(printable), { toString: () => '' });
    if (typeof value === 'object' && value !== null)
      return Object.assign(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, printable(inner)])), {});
    return value;
  };
  return Handlebars.compile(source)(printable(values)).replaceAll('[object Object]', '');
}
