import type { Preferences } from '#domain/tracking';
import { type PageLanguage, directionOf, languageOf, publicPage } from './public-page.js';

const texts: Record<PageLanguage, Record<'title' | 'intro' | 'from' | 'save' | 'none' | 'saved' | 'off' | 'noTopics', string>> = {
  en: {
    title: 'What would you like to get?',
    intro: 'Mail to',
    from: 'from',
    save: 'Save',
    none: 'Nothing at all, please',
    saved: 'Your choice is saved.',
    off: 'You get no newsletters at all. Choose a topic to get mail again.',
    noTopics: 'There are no topics to choose from. You can only stop all newsletters.',
  },
  fa: {
    title: 'دوست دارید چه ایمیل‌هایی دریافت کنید؟',
    intro: 'ایمیل‌های',
    from: 'از طرف',
    save: 'ذخیره',
    none: 'هیچ ایمیلی نمی‌خواهم',
    saved: 'انتخاب شما ذخیره شد.',
    off: 'هیچ خبرنامه‌ای برای شما فرستاده نمی‌شود. برای دریافت دوباره، موضوعی را انتخاب کنید.',
    noTopics: 'موضوعی برای انتخاب نیست. فقط می‌توانید همهٔ خبرنامه‌ها را متوقف کنید.',
  },
};

const page = publicPage(`<h1>{{text.title}}</h1>
<p>{{text.intro}} <bdi dir="ltr">{{facts.maskedEmail}}</bdi> {{text.from}} <strong><bdi>{{facts.workspaceName}}</bdi></strong></p>
{{#if isSaved}}<p class="note" role="status">{{text.saved}}</p>{{/if}}
{{#if facts.isOffEverything}}<p>{{text.off}}</p>{{/if}}
<form method="post">
{{#if facts.topics.length}}<fieldset>
{{#each facts.topics}}<label><input type="checkbox" name="topic" value="{{id}}"{{#if isSubscribed}} checked{{/if}}><span dir="auto">{{name}}{{#if description}}<small>{{description}}</small>{{/if}}</span></label>
{{/each}}</fieldset>
<button name="action" value="save">{{text.save}}</button><br>{{else}}<p>{{text.noTopics}}</p>{{/if}}
{{#unless facts.isOffEverything}}<button class="quiet" name="action" value="none">{{text.none}}</button>{{/unless}}
</form>`);

/** The choices of one reader, in their language. */
export function renderPreferencesPage(facts: Preferences, isSaved: boolean): string {
  const language = languageOf(facts.language);
  const text = texts[language];
  return page({ language, direction: directionOf(language), title: text.title, text, facts, isSaved });
}
