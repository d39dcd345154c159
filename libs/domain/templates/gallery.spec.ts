import { describe, expect, it } from 'vitest';
import { compileTemplate } from './compile-template.js';
import { TemplateGallery, galleryLanguages } from './gallery.js';
import { findMissing, renderPreview } from './render-template.js';
import { directionOf } from './template.service.js';
import { testUrls } from './template.fixture.js';

const gallery = new TemplateGallery();
const templates = await gallery.list();

it('has templates, each under its own key', () => {
  expect(templates.length).toBeGreaterThan(0);
  expect(new Set(templates.map(({ key }) => key)).size).toBe(templates.length);
});

it('says so when a template or a language is not there', async () => {
  await expect(gallery.read('../../package', 'en')).rejects.toMatchObject({ code: 'template_gallery_not_found' });
  await expect(gallery.read(templates[0]!.key, '../en' as never)).rejects.toMatchObject({ code: 'template_gallery_not_found' });
});

describe.each(templates.map((template) => [template.key, template] as const))('%s', (key) => {
  it.each(galleryLanguages)('compiles in %s without a warning and renders its sample with nothing missing', async (language) => {
    const { meta, source } = await gallery.read(key, language);
    const { subject, preheader, sample } = meta[language];
    const sender = { name: 'Acme', postal_address: 'Street 1, Tehran' };
    const { compiled, warnings } = await compileTemplate({
      subject,
      preheader,
      source,
      language,
      direction: directionOf(language),
      missingValues: 'strict',
      partials: new Map(),
      sender,
    });
    expect(warnings).toEqual([]);
    const contact = { email: 'sara@example.test', ...sample };
    expect(findMissing(compiled, contact)).toEqual([]);
    const message = renderPreview(compiled, contact, testUrls);
    expect(message.subject).not.toBe('');
    expect(message.html).toContain(`<html lang="${language}" dir="${directionOf(language)}"`);
    expect(message.html).toContain(testUrls.unsubscribe());
    expect(message.text).toContain(testUrls.unsubscribe());
    expect(message.html + message.text).not.toMatch(/\{\{|undefined|\[object|zqt\d/);
  });

  it.each(galleryLanguages)('needs nothing but an address in %s, unless it is transactional', async (language) => {
    const { meta, source } = await gallery.read(key, language);
    const { subject, preheader } = meta[language];
    const input = {
      subject,
      preheader,
      source,
      language,
      direction: directionOf(language),
      missingValues: 'strict',
      partials: new Map(),
    } as const;
    const missing = findMissing((await compileTemplate(input)).compiled, { email: 'sara@example.test' });
    if (meta.category === 'transactional') expect(missing).not.toEqual([]);
    else expect(missing).toEqual([]);
  });
});
