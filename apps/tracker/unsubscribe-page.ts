import type { UnsubscribeFacts } from '#domain/tracking';
import { directionOf, languageOf, publicPage } from './public-page.js';

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

const body = `<h1>{{text.title}}</h1>
{{#if facts}}<p><bdi dir="ltr">{{facts.maskedEmail}}</bdi> {{text.body}} <strong><bdi>{{sender}}</bdi></strong>.</p>{{else}}<p>{{text.body}}</p>{{/if}}
{{#if text.action}}<form method="post"><input type="hidden" name="action" value="{{text.action}}"><button>{{text.button}}</button></form>{{/if}}
{{#if facts.hasTopics}}<p class="more"><a href="{{preferences}}">{{choose}}</a></p>{{/if}}`;
const page = publicPage(body);

const choose = { en: 'Choose what you get', fa: 'انتخاب موضوع‌ها' };

/** The page behind the unsubscribe link, in the language of the mail. */
export function renderUnsubscribePage(kind: UnsubscribePage, facts: UnsubscribeFacts | undefined, preferences = ''): string {
  const language = languageOf(facts?.language);
  const sender =
    facts && facts.lists.length > 0
      ? `${facts.workspaceName} (${facts.lists.join(language === 'fa' ? '، ' : ', ')})`
      : facts?.workspaceName;
  const text = texts[language][kind];
  return page({
    language,
    direction: directionOf(language),
    title: text.title,
    text,
    facts,
    sender,
    choose: choose[language],
    preferences,
  });
}
