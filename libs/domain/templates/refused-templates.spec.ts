import { expect, it } from 'vitest';
import { ChaparError } from '#base/kernel';
import { findRefusedMarkup } from './refused-markup.js';
import { compile, mjml, textBlock } from './template.fixture.js';

async function refusal(source: unknown, more: Parameters<typeof compile>[1] = {}): Promise<ChaparError> {
  try {
    await compile(source as string, more);
  } catch (error) {
    if (error instanceof ChaparError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const codes = async (source: string, more: Parameters<typeof compile>[1] = {}) =>
  (await refusal(source, more)).details.map(({ code }) => code);

it.each([
  ['{{{first_name}}}', 'unescaped_tag'],
  ['{{&first_name}}', 'unescaped_tag'],
  ['{{{{raw}}}}x{{{{/raw}}}}', 'raw_block'],
  ['{{#*inline "x"}}{{/inline}}', 'decorator'],
  ['{{* decorator}}', 'decorator'],
  ['{{#> layout}}{{/layout}}', 'decorator'],
  ['{{> (lookup . "x")}}', 'dynamic_partial'],
  ['{{> footer}}', 'unknown_partial'],
  ['{{> ../../etc/passwd}}', 'unknown_partial'],
  ['{{lookup this "constructor"}}', 'unknown_helper'],
  ['{{log "x"}}', 'unknown_helper'],
  ['{{helperMissing "x"}}', 'unknown_helper'],
  ['{{blockHelperMissing "x"}}', 'unknown_helper'],
  ['{{env "PATH"}}', 'unknown_helper'],
  ['{{first_name | upper}}', 'tag_syntax'],
  ['{{@root.first_name}}', 'variable_not_allowed'],
  ['{{#each @root}}{{/each}}', 'variable_not_allowed'],
  ['{{#items}}x{{/items}}', 'unknown_helper'],
  ['{{#with "s" as |string|}}{{#with split as |conslist|}}{{/with}}{{/with}}', 'block_parameters'],
  ['{{if x "y"}}', 'helper_misplaced'],
  ['{{eq a b}}', 'helper_misplaced'],
  ['{{default a}}', 'helper_arguments'],
  ['{{date a "long" locale=language}}', 'helper_arguments'],
  ['{{chapar_link 1}}', 'unknown_helper'],
  ['{{chapar_pixel}}', 'tag_not_allowed'],
  ['{{#if a}}', 'tag_syntax'],
  ['{{#if a}}{{/each}}', 'tag_syntax'],
  ['{{/if}}', 'tag_syntax'],
  ['{{a', 'tag_not_closed'],
  ['\\{{a}}', 'escaped_braces'],
])('refuses %s', async (tag, code) => {
  expect(await codes(textBlock(tag))).toContain(code);
});

it.each([
  ['<script>alert(1)</script>', 'element_not_allowed'],
  ['<SCRIPT src="https://x.test/"></SCRIPT>', 'element_not_allowed'],
  ['<iframe src="https://x.test/"></iframe>', 'element_not_allowed'],
  ['<svg onload="x()"></svg>', 'element_not_allowed'],
  ['<form action="https://x.test/"><input name="a" /></form>', 'element_not_allowed'],
  ['<base href="https://x.test/" />', 'element_not_allowed'],
  ['<img src="x" onerror="alert(1)" />', 'script'],
  ['<a href="javascript:alert(1)">x</a>', 'script'],
  ['<a href=" java\tscript:alert(1)">x</a>', 'script'],
  ['<a href="&#106;avascript&colon;alert(1)">x</a>', 'script'],
  ['<a href="data:text/html,x">x</a>', 'script'],
  ['<p style="width:expression(alert(1))">x</p>', 'script'],
  ['<meta http-equiv="refresh" content="0;url=https://x.test/" />', 'script'],
  ['<!--[if mso]><a href="javascript:alert(1)">x</a><![endif]-->', 'script'],
  ['<![CDATA[ > <p onclick="alert(1)">x</p> ]]>', 'element_not_allowed'],
  ['<noscript><p title="</noscript><img src=x onerror=alert(1)>">x</p></noscript>', 'element_not_allowed'],
  ['<xmp><p title="</xmp><img src=x onerror=alert(1)>">x</p></xmp>', 'element_not_allowed'],
  ['<noembed><p></p></noembed>', 'element_not_allowed'],
  ['<template><p onclick="alert(1)">x</p></template>', 'element_not_allowed'],
  ['<textarea></textarea>', 'element_not_allowed'],
])('refuses %s in mj-text, mj-raw and a partial', async (content, code) => {
  expect(await codes(textBlock(content))).toContain(code);
  expect(await codes(mjml(`<mj-raw>${content}</mj-raw>`))).toContain(code);
  expect(await codes(mjml('{{> bad}}'), { partials: new Map([['bad', `<mj-text>${content}</mj-text>`]]) })).toContain(code);
});

it('refuses a running address in an MJML attribute', async () => {
  expect(await codes(mjml('<mj-button href="javascript:alert(1)">x</mj-button>'))).toContain('script');
});

it.each([
  '<mj-include path="./secret.mjml" />',
  '<mj-include path="/etc/passwd" type="html" />',
  '<mj-include path="file:///etc/passwd" />',
  '<mj-include path="%2e%2e%2fpackage.json" type="css" />',
  '<MJ-INCLUDE path="../../package.json" />',
  '<mj-wrapper><mj-include path="x"/></mj-wrapper>',
])('refuses %s alike, whether the file exists or not', async (include) => {
  const error = await refusal(`<mjml><mj-body>${include}</mj-body></mjml>`);
  expect(error.details[0]).toMatchObject({ code: 'include', line: 1 });
  expect(error.message).not.toMatch(/root:|ENOENT|passwd/);
});

it('names the line, also inside a partial', async () => {
  const source =
    '<mjml>\n<mj-body>\n<mj-section><mj-column>\n<mj-text>{{first_name}}\n{{nope x}}</mj-text>\n</mj-column></mj-section></mj-body></mjml>';
  expect((await refusal(source)).details).toMatchObject([{ field: 'source', line: 5, code: 'unknown_helper' }]);
  const partials = new Map([['card', '<mj-text>\nfine\n{{nope x}}\n</mj-text>']]);
  expect((await refusal(mjml('\n\n{{> card}}'), { partials })).details).toMatchObject([
    { field: 'partials.card', line: 3, code: 'unknown_helper' },
  ]);
});

it('names the line of what MJML refuses', async () => {
  const source =
    '<mjml>\n<mj-body>\n<mj-section>\n<mj-column>\n<mj-text colour="red">{{a}}\n</mj-text>\n<mj-nope />\n</mj-column></mj-section></mj-body></mjml>';
  const { details } = await refusal(source);
  expect(details.map(({ line }) => line)).toEqual([5, 7]);
  expect(details.map(({ message }) => message).join()).toMatch(/colour.*mj-nope/s);
});

it('refuses what MJML would drop or mend without a word', async () => {
  expect(await codes('just text')).toContain('mjml');
  expect(await codes('<mjml><mj-body><mj-section><mj-column><mj-text>open</mj-column></mj-section></mj-body></mjml>')).toContain('mjml');
  expect(await codes('<mjml><mj-body><mj-section><mj-column><mj-text>a</mj-text></mj-section></mj-body></mjml>')).toContain('mjml');
  expect(await codes(mjml('{{first_name}}'))).toContain('tag_misplaced');
  expect(await codes(`{{first_name}}${mjml('')}`)).toContain('tag_misplaced');
  expect(await codes(mjml('<mj-text>{{#if a}}x</mj-text><mj-text>{{/if}}</mj-text>'))).toContain('tag_misplaced');
  expect(await codes(mjml('{{#if a}}<mj-text>x{{/if}}</mj-text>'))).toContain('tag_misplaced');
});

it('refuses tags where no escaping could make them safe', async () => {
  expect(await codes(textBlock('<p {{a}}>x</p>'))).toContain('tag_misplaced');
  expect(await codes(textBlock('<{{a}}>x</p>'))).toContain('tag_misplaced');
  expect(await codes(textBlock('<p title={{a}}>x</p>'))).toContain('attribute_not_quoted');
  expect(await codes(textBlock('<a href="https://a.test/{{#if a}}">x</a>{{/if}}'))).toContain('tag_misplaced');
  expect(await codes(textBlock('<a href="{{unsubscribe_url}}?x=1">x</a>'))).toContain('address_misplaced');
  expect(await codes(textBlock('{{#each a}}{{#each b}}<a href="{{c}}">x</a>{{/each}}{{/each}}'))).toContain('link_in_nested_loop');
});

it('refuses partials that hold themselves or take arguments', async () => {
  const partials = new Map([
    ['a', '{{> b}}'],
    ['b', '{{> a}}'],
  ]);
  expect(await codes(textBlock('{{> a}}'), { partials })).toEqual(['partial_recursion']);
  expect(await codes(textBlock('{{> a x=1}}'), { partials })).toEqual(['partial_arguments']);
});

it('refuses partials that multiply', async () => {
  const partials = new Map(
    Array.from({ length: 9 }, (_, level) => [`p${level}`, level === 8 ? '' : `{{> p${level + 1}}}`.repeat(20)] as const),
  );
  expect(await codes(textBlock('{{> p0}}'), { partials })).toEqual(['too_large']);
});

it('refuses what is too large or too deep before any parser sees it', async () => {
  const nested = (levels: number) => textBlock('{{#if a}}'.repeat(levels) + 'x' + '{{/if}}'.repeat(levels));
  expect(Buffer.byteLength(nested(28_750))).toBeGreaterThan(459_000);
  expect(await codes(nested(28_750))).toEqual(['too_large']);
  expect(await codes(nested(15_000))).toEqual(['nesting_too_deep']);
  expect(await codes(nested(51))).toEqual(['nesting_too_deep']);
  expect(await codes(textBlock(`{{default ${'(not '.repeat(60)}a${')'.repeat(60)} "x"}}`))).toEqual(['nesting_too_deep']);
  expect(await codes(textBlock('{{a}}'.repeat(5_001)))).toEqual(['too_many_tags']);
  expect(await codes(`<mjml><mj-body>${'<mj-section>'.repeat(150)}${'</mj-section>'.repeat(150)}</mj-body></mjml>`)).toContain(
    'nesting_too_deep',
  );
  expect(await codes(textBlock('<div>'.repeat(20_000)))).toContain('nesting_too_deep');
  expect(await codes(textBlock(`a${'\n '.repeat(100_000)}b{{#if a}}{{/if}}`))).toEqual(['too_much_white_space']);
  expect(await codes(textBlock(`a${`${' \n'.repeat(400)}{{! x }}`.repeat(100)}b{{#if a}}{{/if}}`))).toEqual(['too_much_white_space']);
  await expect(compile(textBlock('{{#if a}}'.repeat(50) + 'x' + '{{/if}}'.repeat(50)))).resolves.toBeDefined();
});

it('refuses a template that is no text, and a subject of two lines', async () => {
  expect(await codes({ type: 'Program', body: [] } as never)).toEqual(['not_text']);
  expect(await codes(textBlock('x'), { subject: 'a\r\nBcc: x@y.test' })).toEqual(['line_break']);
  expect(await codes(textBlock('x'), { subject: '{{{a}}}' })).toEqual(['unescaped_tag']);
  expect(await codes(textBlock('x'), { language: 'en" onload="x' })).toEqual(['language']);
});

it('sees through every spelling of a refused address', () => {
  for (const value of [
    'JaVaScRiPt:x',
    '\u0001javascript:x',
    'java\nscript:x',
    '&#x6A;avascript:x',
    'vbscript:x',
    'data:text/html;base64,x',
  ])
    expect(findRefusedMarkup(`<a href="${value}">x</a>`, 'author'), value).toHaveLength(1);
  for (const value of ['https://javascript.test/', 'mailto:javascript@x.test', '#data:', '/data'])
    expect(findRefusedMarkup(`<a href="${value}">x</a>`, 'author'), value).toHaveLength(0);
});
