import type * as en from '../en/templates';
import type { Texts } from '../texts';

export const templates: Texts<typeof en.templates> = {
  gallery: 'قالب‌های آماده',
  fromGallery: 'از گالری',
  blank: 'قالب خالی',
  untitled: 'قالب تازه',
  use: 'استفاده',
  empty: 'هنوز قالبی نیست',
  emptyHelp: 'یکی از قالب‌های آماده را به فارسی یا انگلیسی بردارید و از آنِ خود کنید.',
  mailLanguage: 'زبان نامه',
  direction: 'جهت',
  ltr: 'چپ به راست',
  rtl: 'راست به چپ',
  subject: 'موضوع',
  preheader: 'پیش‌سرخط',
  characters: '{{n}} نویسه؛ روی گوشی حدود ۶۰ نویسه دیده می‌شود.',
  source: 'MJML',
  version: 'نسخهٔ {{n}}',
  unpublished: 'هنوز منتشر نشده',
  publish: 'انتشار',
  published: 'نسخهٔ {{n}} منتشر شد.',
  archive: 'بایگانی',
  archived: 'قالب بایگانی شد. کمپین‌هایی که از آن استفاده می‌کنند ادامه می‌یابند.',
  broken: 'پیش از انتشار باید درست شود',
  hints: 'ارزش نگاه‌کردن دارد',
  line: 'خط {{n}}',
};

export const preview: Texts<typeof en.preview> = {
  title: 'پیش‌نمایش',
  width: 'پهنا',
  desktop: 'رایانه',
  phone: 'گوشی',
  dark: 'تیره',
  pictures: 'بارگذاری تصویرها',
  part: 'بخش',
  text: 'متن ساده',
  stale: 'این آخرین نسخه‌ای است که ساخته شد.',
};
