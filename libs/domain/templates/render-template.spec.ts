import { expect, it } from 'vitest';
import { ChaparError } from '#base/kernel';
import { findMissing, prepareTemplate, renderLink, renderPreview } from './render-template.js';
import type { MergeData } from './template.types.js';
import { compile, mjml, testUrls, textBlock, wayOut } from './template.fixture.js';

async function body(content: string, data: MergeData): Promise<string> {
  const { compiled } = await compile(textBlock(`<i>⟦</i>${content}<i>⟧</i>${wayOut}`));
  return /<i>⟦<\/i>([\s\S]*)<i>⟧<\/i>/.exec(renderPreview(compiled, data, testUrls).html)![1]!;
}

const HOSTILE = '"><script>alert(1)</script>\' `=&';

it('escapes values in text and in attributes', async () => {
  expect(await body('{{a}}', { a: HOSTILE })).toBe('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#x27; &#x60;&#x3D;&amp;');
  expect(await body('<b title="{{a}}">x</b>', { a: HOSTILE })).not.toMatch(/<script|"><s/);
});

it('lets a value in a picture’s address be a web address and nothing else', async () => {
  const src = (a: unknown) => body('<img alt="" src="{{a}}" />', { a });
  expect(await src('https://a.test/p.png?x=1&y="')).toBe('<img alt="" src="https://a.test/p.png?x&#x3D;1&amp;y&#x3D;%22" />');
  for (const value of [
    'javascript:alert(1)',
    ' JAVASCRIPT:x',
    'data:image/svg+xml,x',
    'file:///etc/passwd',
    '//a.test/x',
    'x" onerror="y',
    'https://u:p@a.test/',
  ])
    expect(await src(value), value).toBe('<img alt="" src="" />');
});

it('encodes values inside an address for the place where they stand', async () => {
  expect(await body('<img alt="" src="https://a.test/{{dir}}/p.png?q={{q}}#{{q}}" />', { dir: 'a b/c?d', q: 'x&y=ز' })).toBe(
    '<img alt="" src="https://a.test/a%20b/c%3Fd/p.png?q=x%26y%3D%D8%B2#x%26y%3D%D8%B2" />',
  );
  expect(await body('<img alt="" src="https://a.test/?q={{url_encode q}}" />', { q: 'a b' })).toContain('?q=a%20b"');
  expect(await body('<a href="mailto:x@a.test?subject={{q}}">m</a>', { q: 'a&bcc=y' })).toContain('subject=a%26bcc%3Dy"');
});

it.each([
  ['https://{{v}}shop.test/', 'evil.test/', 'https://shop.test/'],
  ['https://{{v}}shop.test/', 'evil.test/?', 'https://shop.test/'],
  ['https://{{v}}shop.test/', '/evil.test/', 'https://shop.test/'],
  ['https://{{v}}.shop.test/', 'tehran', 'https://tehran.shop.test/'],
  ['https://{{v}}/a', 'shop.test', 'https://shop.test/a'],
  ['https://shop.test{{v}}', '.evil.test', 'https://shop.test'],
  ['https://shop.test{{v}}', '@evil.test', 'https://shop.test'],
  ['https://shop.test{{v}}', '/a/b.html', 'https://shop.test/a/b.html'],
  ['https://user{{v}}evil.test/', '@', 'https://userevil.test/'],
  ['https:{{v}}', '//evil.test', 'https:'],
  ['//{{v}}', '/evil.test', '//'],
  ['{{base}}{{v}}', '.evil.test', 'https://shop.test'],
  ['{{base}}{{v}}', '/a', 'https://shop.test/a'],
  ['https://{{#if no}}shop.test/{{/if}}{{v}}', 'a/b', 'https://'],
  ['https://shop.test{{#if no}}/{{else}}{{/if}}{{v}}', '.evil.test', 'https://shop.test'],
  ['https://shop.test{{url_encode v}}', '.evil.test', 'https://shop.test'],
])('data chooses no server: %s with %s', async (address, v, expected) => {
  const html = await body(`<img alt="" src="${address}" />`, { v, base: 'https://shop.test' });
  expect(html).toBe(`<img alt="" src="${expected}" />`);
});

it('lets a value in a style be a colour or a length and nothing that loads or ends a declaration', async () => {
  const style = (a: unknown) => body('<p style="color:{{a}}">x</p>', { a });
  for (const value of ['#ff0000', 'red', 'rgb(1, 2, 3)', '12px']) expect(await style(value)).toBe(`<p style="color:${value}">x</p>`);
  for (const value of ['red;background:url(https://x.test)', 'url(x)', 'expression(x)', '"onload="x', 'red}*{x'])
    expect(await style(value), value).toBe('<p style="color:">x</p>');
  const { compiled } = await compile(
    `<mjml><mj-body><mj-section background-url="{{hero}}" background-color="{{bg}}"><mj-column><mj-text>${wayOut}</mj-text></mj-column></mj-section></mj-body></mjml>`,
  );
  const { html } = renderPreview(compiled, { hero: "https://a.test/x').png", bg: 'red" x="' }, testUrls);
  expect(html).toContain("url('https://a.test/x%27%29.png')");
  expect(html).not.toContain('x="&quot;');
});

it('keeps line breaks and directions of data out of the subject', async () => {
  const { compiled } = await compile(textBlock(wayOut), { subject: 'Hi {{a}} & co', preheader: '{{a}}' });
  const message = renderPreview(compiled, { a: 'x\r\nBcc: y@z.test\u2028\u202e\u0000"<' }, testUrls);
  expect(message.subject).toBe('Hi x Bcc: y@z.test "< & co');
  expect(message.preheader).toBe('x Bcc: y@z.test "<');
});

it('finds nothing on prototypes', async () => {
  for (const tag of [
    'constructor',
    '__proto__',
    'this.constructor.name',
    'a.constructor',
    'a.__proto__.x',
    'toString',
    'a.valueOf',
    'list.push',
    'text.at',
  ])
    expect(await body(`{{${tag}}}`, { a: {}, list: [], text: 'x' }), tag).toBe('');
  expect(await body('{{#with a}}{{#with constructor}}{{name}}{{/with}}{{/with}}', { a: {} })).toBe('');
  const polluted = JSON.parse('{"__proto__": {"x": 1}, "a": 2}') as MergeData;
  expect(await body('{{x}}{{a}}', polluted)).toBe('2');
});

it('shows nothing for objects and functions, and lists with commas', async () => {
  expect(await body('{{o}}|{{f}}|{{l}}|{{n}}|{{b}}|{{z}}', { o: { a: 1 }, f: () => 'x', l: ['a', 1, {}], n: null, b: false, z: 0 })).toBe(
    '||a, 1||false|0',
  );
});

it('resolves scopes, loop variables and else branches', async () => {
  const data = { name: 'root', list: [{ name: 'a', in: { name: 'x' } }, { name: 'b' }], map: { k: 'v' }, none: [] };
  expect(
    await body(
      '{{#each list}}{{@index}}{{name}}{{../name}}{{#if @first}}!{{/if}}{{#with in}}{{name}}{{../name}}{{../../name}}{{/with}};{{/each}}',
      data,
    ),
  ).toBe('0aroot!xaroot;1broot;');
  expect(await body('{{#each map}}{{@key}}={{this}}{{/each}}{{#each none}}x{{else}}none{{/each}}', data)).toBe('k=vnone');
  expect(await body('{{#if none}}a{{else if (eq name "root")}}b{{else}}c{{/if}}{{#unless nope}}d{{/unless}}', data)).toBe('bd');
  expect(await body('{{#each list}}{{#if unsubscribe_url}}u{{/if}}{{/each}}', data)).toBe('uu');
});

it('goes round a loop 200 times at most', async () => {
  const { length } = (await body('{{#each list}}x{{/each}}', { list: Array.from({ length: 1000 }, () => 1) })).match(/x/g)!;
  expect(length).toBe(200);
});

it('stops loops in loops and messages that grow too large', async () => {
  const list = Array.from({ length: 200 }, () => 'x'.repeat(100));
  const render = async (content: string, data: MergeData) =>
    prepareTemplate((await compile(textBlock(content))).compiled).render(data, testUrls);
  const loops = '{{#each ../list}}{{#each ../../list}}{{#if (eq this "y")}}y{{/if}}{{/each}}{{/each}}';
  await expect(render(`{{#each list}}${loops}{{/each}}`, { list })).rejects.toMatchObject({ code: 'template_render_limit' });
  await expect(render('{{#each list}}{{#each ../list}}{{this}}{{/each}}{{/each}}', { list })).rejects.toMatchObject({
    code: 'template_render_limit',
  });
  await expect(
    render('{{#each list}}{{#if (eq (uppercase ../big) "y")}}{{/if}}{{/each}}', { list, big: 'x'.repeat(1_000_000) }),
  ).rejects.toMatchObject({ code: 'template_render_limit' });
});

it('stops a message at the first missing value under the strict policy, and names its tag', async () => {
  const source = mjml(
    `<mj-text>{{first_name}} {{default last_name "x"}} {{#if company}}{{company.name}}{{/if}} {{uppercase city}} ${wayOut}</mj-text><mj-button href="https://a.test/{{slug}}">b</mj-button>`,
  );
  const { compiled } = await compile(source, { missingValues: 'strict', subject: '{{title}}' });
  const all = { first_name: 'a', city: 'b', slug: 'c', title: 'd' };
  expect(findMissing(compiled, {})).toEqual(['city', 'first_name', 'slug', 'title']);
  expect(findMissing(compiled, all)).toEqual([]);
  const prepared = prepareTemplate(compiled);
  expect(() => prepared.render(all, testUrls)).not.toThrow();
  for (const field of Object.keys(all)) {
    for (const value of [undefined, null, '']) {
      const error = catchError(() => prepared.render({ ...all, [field]: value }, testUrls));
      expect(error).toMatchObject({ code: 'merge_value_missing', details: [{ field }] });
    }
  }
});

it('renders nothing for a missing value otherwise', async () => {
  const { compiled } = await compile(textBlock(`[{{first_name}}{{uppercase x}}{{number y}}{{date z}}]${wayOut}`), {
    subject: 'Hi {{first_name}}',
  });
  const message = renderPreview(compiled, {}, testUrls);
  expect(message.subject).toBe('Hi');
  expect(message.html).toContain('[]');
  expect(findMissing(compiled, {})).toEqual(['first_name', 'x', 'y', 'z']);
});

it('leads dynamic links to web addresses only', async () => {
  const { compiled } = await compile(
    textBlock(
      '<a href="{{url}}">a</a><a href="https://{{host}}/{{path}}?q={{q}}">b</a><a href="{{#if x}}https://x.test/{{else}}{{url}}{{/if}}">c</a>',
    ),
  );
  expect(compiled.links.map(({ position, isDynamic }) => [position, isDynamic])).toEqual([
    [1, true],
    [2, true],
    [3, true],
  ]);
  expect(renderLink(compiled, 1, { url: 'https://shop.test/a?b=c' })).toBe('https://shop.test/a?b=c');
  for (const url of [
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'ftp://x.test/',
    'nonsense',
    '',
    undefined,
    { a: 1 },
  ])
    expect(renderLink(compiled, 1, { url })).toBeUndefined();
  expect(renderLink(compiled, 2, { host: 'a.test', path: 'x y/z', q: 'a&b' })).toBe('https://a.test/x%20y/z?q=a%26b');
  expect(renderLink(compiled, 3, { url: 'https://shop.test/a?b=c' })).toBe('https://shop.test/a?b=c');
  expect(renderLink(compiled, 3, { x: 1 })).toBe('https://x.test/');
  expect(renderLink(compiled, 4, {})).toBeUndefined();
  expect(renderLink(compiled, 0, {})).toBeUndefined();
});

it('leads each round of a loop to its own address', async () => {
  const { compiled } = await compile(
    mjml('{{#with shop}}{{#each items}}<mj-button href="{{../base}}/{{id}}">{{id}}</mj-button>{{/each}}{{/with}}'),
  );
  const data = { shop: { base: 'https://shop.test', items: [{ id: 'a' }, { id: 'b' }] } };
  const positions = [...renderPreview(compiled, data, testUrls).html.matchAll(/\/c\/(\d+)"/g)].map((match) => Number(match[1]));
  expect(positions.map((position) => renderLink(compiled, position, data))).toEqual(['https://shop.test/a', 'https://shop.test/b']);
  expect(renderLink(compiled, positions[1]! + 1, data)).toBeUndefined();
});

it('shows final addresses and no pixel in a preview without tracking', async () => {
  const { compiled } = await compile(textBlock(`<a href="https://a.test/{{x}}">a</a><a href="{{y}}">b</a>${wayOut}`));
  const { html } = renderPreview(compiled, { x: '1', y: 'javascript:x' });
  expect(html).toContain('href="https://a.test/1"');
  expect(html).toContain('<a href="#">b</a>');
  expect(html).not.toContain('<img');
});

it('asks for an address only if the template shows it', async () => {
  const { compiled } = await compile(textBlock('<a href="https://a.test/">a</a>'), { textSource: 'plain {{unsubscribe_url}}' });
  const asked: string[] = [];
  const ask = (name: string) => () => (asked.push(name), 'https://t.test/');
  prepareTemplate(compiled).render(
    {},
    { link: ask('link'), openPixel: ask('pixel'), unsubscribe: ask('unsubscribe'), webView: ask('view') },
  );
  expect(asked).not.toContain('view');
  expect(asked.filter((name) => name === 'link')).toHaveLength(1);
});

function catchError(work: () => unknown): ChaparError {
  try {
    work();
  } catch (error) {
    if (error instanceof ChaparError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
