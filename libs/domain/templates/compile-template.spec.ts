import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { renderPreview } from './render-template.js';
import { compile, mjml, testUrls, textBlock, wayOut } from './template.fixture.js';

const preview = async (source: string, data: Record<string, unknown> = {}, more: Parameters<typeof compile>[1] = {}) =>
  renderPreview((await compile(source, more)).compiled, data, testUrls);

it('keeps language and direction of a Persian mail and turns its columns and texts round', async () => {
  const { html, text } = await preview(
    textBlock(`سلام {{first_name}} ${wayOut}`),
    { first_name: 'سارا' },
    { language: 'fa', direction: 'rtl' },
  );
  expect(html).toContain('<html lang="fa" dir="rtl"');
  expect(html).toMatch(/text-align:right/);
  expect(html).toMatch(/direction:rtl/);
  expect(html).toContain('Vazirmatn');
  expect(text).toContain('سلام سارا');
});

it('puts subject and preheader where mail programs look for them, escaped', async () => {
  const { html } = await preview(
    textBlock(wayOut),
    { first_name: '<Sara>' },
    { subject: 'A & {{first_name}}', preheader: 'Only <3 for {{first_name}}' },
  );
  expect(html).toContain('<title>A &amp; &lt;Sara&gt;</title>');
  expect(html).toMatch(/<div style="display:none[^>]*>Only &lt;3 for &lt;Sara&gt;<\/div>/);
});

it('lets conditions and loops stand between MJML elements', async () => {
  const source = `<mjml><mj-body>
    {{#if vip}}<mj-section><mj-column><mj-text>for you</mj-text></mj-column></mj-section>{{else}}
    <mj-section><mj-column>{{#each items}}<mj-button href="{{url}}">{{name}}</mj-button>{{/each}}</mj-column></mj-section>{{/if}}
  </mj-body></mjml>`;
  const vip = await preview(source, { vip: true });
  expect(vip.html).toContain('for you');
  expect(vip.html).not.toContain('/c/');
  const other = await preview(source, {
    items: [
      { name: 'one', url: 'https://a.test/1' },
      { name: 'two', url: 'https://a.test/2' },
    ],
  });
  expect(other.html).not.toContain('for you');
  expect(other.html).toMatch(/c\/1001"[\s\S]*one[\s\S]*c\/1002"[\s\S]*two/);
  expect(other.text).toMatch(/one <https:\/\/t\.test\/c\/1001>\s+two <https:\/\/t\.test\/c\/1002>/);
});

it('tracks web links alone, and gives Outlook’s copy of a link the same position', async () => {
  const source =
    textBlock(`<a href="https://a.test/x?a=1&amp;b=2">x</a> <a href="mailto:a@b.test">m</a> <a href="tel:+981">t</a> <a href="#top">h</a>
    <a href="{{web_view_url}}">w</a> ${wayOut}
    <!--[if mso]><v:roundrect href="https://shop.test/{{city}}"></v:roundrect><![endif]--><a href="https://shop.test/{{city}}">shop</a>`);
  const { compiled } = await compile(source);
  expect(compiled.links).toEqual([
    { position: 1, url: 'https://a.test/x?a=1&b=2', isDynamic: false },
    { position: 2, url: 'https://shop.test/{{city}}', isDynamic: true },
  ]);
  const { html } = renderPreview(compiled, {}, testUrls);
  const addresses = [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1]);
  expect(addresses).toEqual([
    'https://t.test/c/1',
    'mailto:a@b.test',
    'tel:+981',
    '#top',
    'https://t.test/v',
    'https://t.test/u',
    'https://t.test/c/2',
    'https://t.test/c/2',
  ]);
});

it('loads nothing from third parties by itself', async () => {
  const { html } = await preview(textBlock(`Hello ${wayOut}`));
  expect(html).not.toMatch(/fonts\.googleapis|@import|<link/);
});

it('keeps Outlook’s conditional comments and drops all others', async () => {
  const { html } = await preview(textBlock(`<!-- a note of the author -->${wayOut}`));
  expect(html).toContain('<!--[if mso | IE]>');
  expect(html).not.toContain('a note of the author');
  expect(html.match(/<!\[endif\]-->/g)?.length).toBeGreaterThanOrEqual(html.match(/<!--\[if mso \| IE\]>/g)!.length);
});

it('adds a way out in the mail’s language where the author forgot it, and only for mail that has one', async () => {
  const { compiled, warnings } = await compile(textBlock('سلام'), { language: 'fa', direction: 'rtl' });
  expect(warnings.map(({ code }) => code)).toEqual(['unsubscribe_link_added']);
  const bulk = renderPreview(compiled, {}, testUrls);
  expect(bulk.html).toContain('<a href="https://t.test/u" style="color:#666666">لغو اشتراک</a>');
  expect(bulk.text).toContain('لغو اشتراک <https://t.test/u>');
  const receipt = renderPreview(compiled, {}, { ...testUrls, unsubscribe: () => '' });
  expect(receipt.html + receipt.text).not.toContain('لغو اشتراک');
});

it('makes a plain-text part in reading order with links, alt texts and blocks', async () => {
  const source =
    mjml(`<mj-text><h1>News &amp; more</h1><p>Hi {{default first_name "friend"}},<br/>read <a href="https://a.test/">this</a>.</p></mj-text>
    <mj-image src="https://a.test/p.png" alt="A picture" />
    <mj-table><tr><td>Tea</td><td>2</td></tr>{{#each items}}<tr><td>{{name}}</td><td>{{price}}</td></tr>{{/each}}</mj-table>
    <mj-text>{{#if vip}}<b>gold</b>{{else}}silver{{/if}} ${wayOut}</mj-text>`);
  const { text } = await preview(source, { items: [{ name: 'Salt', price: 3 }], vip: true });
  expect(text).toBe(
    'News & more\n\nHi friend,\nread this <https://t.test/c/1>.\n\nA picture\n\nTea 2\nSalt 3\n\ngold Unsubscribe <https://t.test/u>',
  );
});

it('takes an author’s own plain text, tracks its addresses and adds the way out', async () => {
  const { text } = await preview(
    textBlock(`<a href="https://a.test/">a</a> ${wayOut}`),
    { first_name: 'A&B' },
    { textSource: 'Hi {{first_name}}: https://a.test/ and https://b.test/x.' },
  );
  expect(text).toContain('Hi A&B: https://t.test/c/1 and https://t.test/c/2.');
  expect(text).toContain('https://t.test/u');
});

it('puts partials in their place, with the sender’s data and partials inside partials', async () => {
  const partials = new Map([
    ['footer', `<mj-text>{{workspace.name}}, {{workspace.postal_address}} {{> out}}</mj-text>`],
    ['out', wayOut],
  ]);
  const { html } = await preview(
    mjml('<mj-text>Hi</mj-text>{{> footer}}'),
    {},
    { partials, sender: { name: 'Acme & Co', postal_address: 'Street 1' } },
  );
  expect(html).toContain('Acme &amp; Co, Street 1 <a href="https://t.test/u">');
});

it('lists the contact fields that subject, body, links and conditions read', async () => {
  const source =
    mjml(`<mj-text>{{#if (gt points 100)}}{{company.name}}{{/if}} {{#each orders}}{{total}} {{../city}}{{/each}} {{unsubscribe_url}} {{workspace.name}}</mj-text>
    <mj-button href="https://a.test/?q={{term}}">x</mj-button>`);
  const { compiled } = await compile(source, { subject: '{{uppercase first_name}}' });
  expect(compiled.fields).toEqual(['city', 'company', 'first_name', 'orders', 'points', 'term']);
  expect((await compile(textBlock('{{#each this}}{{@key}}{{/each}}'))).compiled.fields).toBe('all');
});

it('survives being stored as JSON', async () => {
  const { compiled } = await compile(textBlock('{{a}} <a href="https://a.test/{{b}}">x</a>'));
  const stored = JSON.parse(JSON.stringify(compiled)) as typeof compiled;
  expect(stored).toEqual(compiled);
  expect(renderPreview(stored, { a: 1 }, testUrls)).toEqual(renderPreview(compiled, { a: 1 }, testUrls));
});

it('warns about pictures without alt text, http links and links that lead nowhere', async () => {
  const { warnings } = await compile(
    mjml(`<mj-image src="https://a.test/p.png" />\n<mj-text><a href="http://a.test/">a</a><a href="/x">b</a>${wayOut}</mj-text>`),
  );
  expect(warnings.map(({ code }) => code)).toEqual(['image_without_alt', 'insecure_link', 'link_not_absolute']);
});

it('uses versions of MJML and Handlebars without the known holes', () => {
  const require = createRequire(import.meta.url);
  const version = (name: string) =>
    (JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string }).version.split('.').map(Number);
  expect(version('mjml')[0]).toBeGreaterThanOrEqual(5);
  const [major, minor, patch] = version('handlebars') as [number, number, number];
  expect(major * 10_000 + minor * 100 + patch).toBeGreaterThanOrEqual(40_709);
});
