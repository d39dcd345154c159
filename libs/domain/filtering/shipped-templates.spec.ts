import { describe, expect, it } from 'vitest';
import { TemplateGallery, compileTemplate, galleryLanguages, renderPreview } from '#domain/templates';
import { encodeHeader } from '#protocol/mime';
import { examine, judge } from '#protocol/spam';

const gallery = new TemplateGallery();
const urls = {
  link: (position: number) => `https://mail.shop.example/t/c/${position}`,
  openPixel: () => 'https://mail.shop.example/t/o.gif',
  unsubscribe: () => 'https://mail.shop.example/u/1',
  webView: () => 'https://mail.shop.example/v/1',
};

/** Newsletters and notices as shops and their readers know them. */
describe.each(await gallery.list())('the shipped template $key', ({ key }) => {
  it.each(galleryLanguages)('is ham in %s', async (language) => {
    const { meta, source } = await gallery.read(key, language);
    const { subject, preheader, sample } = meta[language];
    const direction = language === 'fa' ? 'rtl' : 'ltr';
    const sender = { name: 'Acme', postal_address: 'Street 1, Tehran' };
    const { compiled } = await compileTemplate({
      subject,
      preheader,
      source,
      language,
      direction,
      missingValues: 'empty',
      partials: new Map(),
      sender,
    });
    const message = renderPreview(compiled, { email: 'sara@example.test', ...sample }, urls);
    const raw = [
      'Received: from mx.shop.example (mx.shop.example [192.0.2.7]) by mail.example.org; Mon, 2 Mar 2026 10:00:01 +0000',
      'From: Acme <news@shop.example>',
      'To: sara@example.test',
      `Subject: ${encodeHeader('Subject', message.subject).value}`,
      'Date: Mon, 2 Mar 2026 10:00:00 +0000',
      'Message-ID: <1@shop.example>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      ...['plain', 'html'].flatMap((kind) => [
        '--b',
        `Content-Type: text/${kind}; charset=utf-8`,
        'Content-Transfer-Encoding: 8bit',
        '',
        kind === 'html' ? message.html : message.text,
      ]),
      '--b--',
      '',
    ].join('\r\n');
    const { score, reasons } = judge(examine(Buffer.from(raw)));
    expect(score, reasons.map(({ rule, points }) => `${rule} ${points}`).join(', ')).toBeLessThan(3);
  });
});
