import Handlebars from 'handlebars';
import type { UnsubscribeFacts } from '#domain/tracking';

export type UnsubscribePage = 'ask' | 'done' | 'back' | 'gone' | 'later';

interface Texts {
  readonly title: string;
  readonly body: string;
  readonly button?: string;
  readonly action?: 'unsubscribe' | 'resubscribe';
}

const texts: Record<'en' | 'fa', Record<UnsubscribePage, Texts>> = {
  en: {
    ask: { title: 'Unsubscribe?', body: 'will get no more mail from', button: 'Unsubscribe', action: 'unsubscribe' },
    done: {
      title: 'You are unsubscribed',
      body: 'will get no more mail from',
      button: 'It was a mistake: subscribe again',
      action: 'resubscribe',
    },
    back: { title: 'You are subscribed', body: 'gets mail from', button: 'Unsubscribe', action: 'unsubscribe' },
    later: { title: 'Please try again in a minute', body: 'Something went wrong on our side. Nothing was changed.' },
    gone: {
      title: 'This link is no longer valid',
      body: 'It may be too old, or it was not copied whole. Please use the link of a newer mail.',
    },
  },
  fa: {
    ask: { title: 'لغو اشتراک؟', body: 'دیگر ایمیلی دریافت نخواهد کرد از', button: 'لغو اشتراک', action: 'unsubscribe' },
    done: {
      title: 'اشتراک شما لغو شد',
      body: 'دیگر ایمیلی دریافت نخواهد کرد از',
      button: 'اشتباه شد؛ دوباره مشترک شوم',
      action: 'resubscribe',
    },
    back: { title: 'شما مشترک هستید', body: 'ایمیل دریافت می‌کند از', button: 'لغو اشتراک', action: 'unsubscribe' },
    later: { title: 'لطفاً یک دقیقهٔ دیگر دوباره تلاش کنید', body: 'مشکلی در سمت ما پیش آمد. چیزی تغییر نکرد.' },
    gone: { title: 'این پیوند دیگر معتبر نیست', body: 'شاید قدیمی شده یا کامل کپی نشده باشد. لطفاً از پیوند ایمیل تازه‌تری استفاده کنید.' },
  },
};

// Works without scripts and loads nothing; Handlebars escapes every value.
const page = Handlebars.compile(`<!doctype html>
<html lang="{{language}}" dir="{{direction}}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{{text.title}}</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f4f5f7; color: #1c2430; font: 1.0625rem/1.75 Vazirmatn, system-ui, Tahoma, sans-serif; }
  main { background: #fff; max-width: 30rem; margin: 1rem; padding: 2rem; border-radius: .75rem; box-shadow: 0 1px 4px #0002; text-align: center; }
  h1 { font-size: 1.375rem; margin: 0 0 .5rem; }
  button { font: inherit; padding: .6rem 1.5rem; border: 0; border-radius: .5rem; background: #1c4f9c; color: #fff; cursor: pointer; }
  button:focus-visible { outline: 3px solid #8ab4f8; outline-offset: 2px; }
  @media (prefers-color-scheme: dark) { body { background: #14181f; color: #e6e9ee; } main { background: #1e242e; } }
</style>
</head>
<body><main>
<h1>{{text.title}}</h1>
{{#if facts}}<p><bdi dir="ltr">{{facts.maskedEmail}}</bdi> {{text.body}} <strong><bdi>{{sender}}</bdi></strong>.</p>{{else}}<p>{{text.body}}</p>{{/if}}
{{#if text.action}}<form method="post"><input type="hidden" name="action" value="{{text.action}}"><button>{{text.button}}</button></form>{{/if}}
</main></body></html>
`);

/** The page behind the unsubscribe link, in the language of the mail. */
export function renderUnsubscribePage(kind: UnsubscribePage, facts: UnsubscribeFacts | undefined): string {
  const language = facts?.language.startsWith('fa') ? 'fa' : 'en';
  const sender =
    facts && facts.lists.length > 0
      ? `${facts.workspaceName} (${facts.lists.join(language === 'fa' ? '، ' : ', ')})`
      : facts?.workspaceName;
  return page({ language, direction: language === 'fa' ? 'rtl' : 'ltr', text: texts[language][kind], facts, sender });
}
