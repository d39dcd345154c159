import { describe, expect, it } from 'vitest';
import { readReport } from './read-report.js';
import { ownWords } from './own-words.js';
import { wantsOut } from './wants-out.js';

describe('a wish to leave', () => {
  it.each([
    'Unsubscribe',
    'Please unsubscribe me from your list. Thank you',
    'STOP',
    'Take me off this list!',
    'I want no more emails from you',
    'Bitte nehmen Sie mich aus Ihrem Verteiler.',
    'Newsletter abbestellen',
    'Merci de me désabonner.',
    'Je ne souhaite plus recevoir vos courriels',
    'Quiero darme de baja',
    'No me envíen más correos',
    'لطفاً اشتراک من را لغو کنید',
    'دیگر ایمیل نفرستید',
    'انصراف',
    'أرجو إلغاء الاشتراك',
    'لا ترسلوا لي المزيد من الرسائل',
    'Quero cancelar a minha inscrição',
    'Cancellatemi dalla lista',
    'Отпишите меня, пожалуйста',
    'Listeden çıkmak istiyorum, aboneliğimi iptal edin',
  ])('is heard: %s', (words) => expect(wantsOut('Re: News', words)).toBe(true));

  it.each([
    'Thanks, I will buy two.',
    'Please do not unsubscribe me, I love this newsletter.',
    'Why was I unsubscribed? I want it back.',
    'Your unsubscribe link is broken on page 3.',
    'When does the shop open? I could not stop by yesterday.',
    'Ich möchte mich nicht abmelden.',
    'لطفا مرا حذف نکنید',
    'Can you remove the scratch from the table that I bought?',
    `I would like to tell you a long story. ${'It goes on. '.repeat(50)} And then somebody said unsubscribe me.`,
  ])('is not heard in: %s', (words) => expect(wantsOut('Re: News', words)).toBe(false));

  it('is one word in the subject too, and none in what is quoted', () => {
    expect(wantsOut('unsubscribe', '')).toBe(true);
    expect(wantsOut('لغو اشتراک', '')).toBe(true);
    const raw = 'From: a@example.org\nSubject: Re: News\nIn-Reply-To: <x@y>\n\nNice offer!\n\n> To unsubscribe me, click here\n';
    expect(readReport(Buffer.from(raw))).toMatchObject({ kind: 'reply', words: 'Nice offer!' });
    expect(readReport(Buffer.from(raw)).wantsOut).toBe(undefined);
  });
});

describe('own words', () => {
  it.each([
    ['Yes.\n\nOn Mon, 5 May 2025 at 10:00, Shop <a@b.example> wrote:\n> hello', 'Yes.'],
    ['Ja.\n\nAm 05.05.2025 um 10:00 schrieb Shop:\n> Hallo', 'Ja.'],
    ['Oui.\n\nLe lun. 5 mai 2025 à 10:00, Shop a écrit :\n> Bonjour', 'Oui.'],
    ['Sí.\n\nEl lun, 5 may 2025 a las 10:00, Shop escribió:\n> Hola', 'Sí.'],
    ['بله.\n\nدر دوشنبه ۵ مه، فروشگاه نوشت:\n> سلام', 'بله.'],
    ['Yes.\n\n-----Original Message-----\nFrom: Shop\nhello', 'Yes.'],
    ['Yes.\n-- \nSara\nunsubscribe', 'Yes.'],
    ['> question\nanswer below', 'answer below'],
    ['Yes.\nSent from my phone of steel', 'Yes.'],
  ])('are %j without the rest', (text, own) => expect(ownWords(text)).toBe(own));
});

describe('an answer of a program', () => {
  const cause = (text: string) => readReport(Buffer.from(text)).cause;
  it('says why', () => {
    expect(cause('From: a@example.org\nSubject: Out of office\n\nI am away until Monday.')).toBe('absence');
    expect(cause('From: a@example.org\nSubject: Re: x\nAuto-Submitted: auto-replied\n\nYour request has been received.')).toBe('other');
    expect(cause('From: a@example.org\nSubject: Re: x\nAuto-Submitted: auto-replied\n\nMy e-mail address has changed.')).toBe(
      'address-changed',
    );
    expect(cause('From: a@example.org\nSubject: Re: x\nIn-Reply-To: <a@b>\n\nUnsubscribe me')).toBe(undefined);
  });
});
