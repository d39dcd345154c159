import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type ActorContext, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { TemplateGallery } from './gallery.js';
import { templatesEntities } from './index.js';
import { renderPreview } from './render-template.js';
import { TemplateService } from './template.service.js';
import { mjml, testUrls, textBlock, wayOut } from './template.fixture.js';

let database: TestDatabase;
let source: DataSource;
let folder: string;
let templates: TemplateService;
let context: ActorContext;
let other: ActorContext;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...templatesEntities] });
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-gallery-'));
  templates = new TemplateService(source, new TemplateGallery(folder));
  context = await workspace('acme', 'Acme & Co', 'Street 1');
  other = await workspace('other', 'Other', '');
});

afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

async function workspace(slug: string, name: string, address: string): Promise<ActorContext> {
  const id = uuidv7();
  await source.query('INSERT INTO workspaces (id, name, slug, postal_address) VALUES ($1, $2, $3, $4)', [id, name, slug, address]);
  return systemActor(id, 'test');
}

const input = (content: string) => ({ name: 'News', subject: 'Hi {{first_name}}', source: textBlock(`${content} ${wayOut}`) });

it('publishes a new version with every change and leaves the old ones as they are', async () => {
  const created = await templates.create(context, input('one {{workspace.name}}, {{workspace.postal_address}}'));
  expect(created).toMatchObject({ name: 'News', language: 'en', direction: 'ltr', versionNumber: 1, version: { number: 1 }, warnings: [] });
  const updated = await templates.update(context, created.id, { subject: 'Second', source: textBlock(`two ${wayOut}`) });
  expect(updated).toMatchObject({ versionNumber: 2, subject: 'Second', version: { number: 2, subject: 'Second' } });
  const first = await templates.getVersion(context, created.version.id);
  expect(first.compiled).toEqual(created.version.compiled);
  const message = renderPreview(first.compiled, { first_name: 'Sara' }, testUrls);
  expect(message.subject).toBe('Hi Sara');
  expect(message.html).toContain('one Acme &amp; Co, Street 1');
  expect((await templates.get(context, created.id)).version.compiled.html).toContain('two');
});

it('keeps what a change does not name', async () => {
  const created = await templates.create(context, {
    ...input('{{city}}'),
    language: 'fa',
    textSource: 'متن {{unsubscribe_url}}',
    missingValues: 'strict',
  });
  const updated = await templates.update(context, created.id, { name: 'Renamed' });
  expect(updated).toMatchObject({ name: 'Renamed', language: 'fa', direction: 'rtl' });
  expect(updated.version).toMatchObject({ number: 2, textSource: 'متن {{unsubscribe_url}}', missingValues: 'strict' });
  expect((await templates.update(context, created.id, { textSource: null })).version.textSource).toBeNull();
});

it('gives two who publish at once two numbers', async () => {
  const { id } = await templates.create(context, input('x'));
  const published = await Promise.all([1, 2, 3, 4].map((number) => templates.update(context, id, { subject: `s${number}` })));
  expect(published.map(({ version }) => version.number).sort()).toEqual([2, 3, 4, 5]);
});

it('stores nothing of a template that does not compile', async () => {
  const before = await templates.list(context);
  await expect(templates.create(context, input('{{nope x}}'))).rejects.toMatchObject({
    code: 'template_invalid',
    details: [{ line: 1, code: 'unknown_helper' }],
  });
  await expect(templates.create(context, { ...input('x'), name: '' })).rejects.toMatchObject({
    code: 'template_invalid',
    details: [{ field: 'name' }],
  });
  expect(await templates.list(context)).toEqual(before);
});

it('checks a draft without storing it', async () => {
  const before = await templates.list(context);
  const { compiled, warnings } = await templates.check(context, { subject: 's', source: textBlock('no way out') });
  expect(compiled.html).toContain('no way out');
  expect(warnings).toMatchObject([{ code: 'unsubscribe_link_added' }]);
  expect(await templates.list(context)).toEqual(before);
});

it('puts partials into what is published after them, and not into what was published before', async () => {
  await templates.putPartial(context, 'footer', '<mj-text>first footer</mj-text>');
  const withFooter = { ...input('x'), source: mjml(`<mj-text>${wayOut}</mj-text>{{> footer}}`) };
  const created = await templates.create(context, withFooter);
  await templates.putPartial(context, 'footer', '<mj-text>second footer</mj-text>');
  expect((await templates.getVersion(context, created.version.id)).compiled.html).toContain('first footer');
  expect((await templates.update(context, created.id, {})).version.compiled.html).toContain('second footer');
  expect((await templates.listPartials(context)).map(({ name }) => name)).toEqual(['footer']);
  await expect(templates.create(other, withFooter)).rejects.toMatchObject({ details: [{ code: 'unknown_partial' }] });
  await expect(templates.putPartial(context, '../x', 'y')).rejects.toMatchObject({ details: [{ code: 'partial_name' }] });
  await expect(templates.putPartial(context, 'x', '{{{y}}}')).rejects.toMatchObject({ details: [{ code: 'unescaped_tag' }] });
  await templates.deletePartial(context, 'footer');
  await expect(templates.deletePartial(context, 'footer')).rejects.toMatchObject({ code: 'template_not_found' });
});

it('shows a workspace nothing of another', async () => {
  const { id, version } = await templates.create(context, input('x'));
  expect((await templates.list(other)).map((template) => template.id)).not.toContain(id);
  await expect(templates.get(other, id)).rejects.toMatchObject({ code: 'template_not_found' });
  await expect(templates.getVersion(other, version.id)).rejects.toMatchObject({ code: 'template_not_found' });
  await expect(templates.update(other, id, { name: 'mine' })).rejects.toMatchObject({ code: 'template_not_found' });
  await expect(templates.archive(other, id)).rejects.toMatchObject({ code: 'template_not_found' });
  await expect(templates.get(context, 'not-a-uuid')).rejects.toMatchObject({ code: 'template_not_found' });
});

it('hides an archived template and still shows what was sent from it', async () => {
  const { id, version } = await templates.create(context, input('x'));
  await templates.archive(context, id);
  expect((await templates.list(context)).map((template) => template.id)).not.toContain(id);
  await expect(templates.update(context, id, { name: 'y' })).rejects.toMatchObject({ code: 'template_not_found' });
  expect((await templates.getVersion(context, version.id)).id).toBe(version.id);
});

it('starts a template from the gallery in the language asked for', async () => {
  mkdirSync(path.join(folder, 'plain'));
  const texts = { subject: 'سلام', preheader: 'پیش‌متن', sample: {} };
  const meta = {
    key: 'plain',
    category: 'newsletter',
    name: { en: 'Plain', fa: 'ساده' },
    description: { en: 'd', fa: 'd' },
    en: { ...texts, subject: 'Hello' },
    fa: texts,
  };
  writeFileSync(path.join(folder, 'plain', 'meta.json'), JSON.stringify(meta));
  for (const language of ['en', 'fa']) writeFileSync(path.join(folder, 'plain', `${language}.mjml`), textBlock(`${language} ${wayOut}`));
  const created = await templates.createFromGallery(context, 'plain', 'fa');
  expect(created).toMatchObject({ name: 'ساده', language: 'fa', direction: 'rtl', galleryKey: 'plain', subject: 'سلام', warnings: [] });
  expect((await templates.createFromGallery(context, 'plain', 'en', 'My own')).name).toBe('My own');
  await expect(templates.createFromGallery(context, 'nope', 'en')).rejects.toMatchObject({ code: 'template_gallery_not_found' });
});

// The migration lets PostgreSQL name its constraints.
it('maps its tables as the migration made them', async () => {
  const drift = await source.driver.createSchemaBuilder().log();
  expect(drift.upQueries.map(({ query }) => query).filter((query) => /"template/.test(query) && !/CONSTRAINT/.test(query))).toEqual([]);
});
