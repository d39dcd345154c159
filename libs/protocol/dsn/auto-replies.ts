import { ABSENCE_WORDS, ADDRESS_CHANGED, AUTOMATIC_WORDS, RETURN_WORDS } from './absence-words.js';
import type { AutoReplyCause } from './dsn.types.js';
import { CHALLENGE_WORDS } from './failure-words.js';
import type { HeaderList } from './read-mime.js';

/** Headers that only programs write, each with what has to stand in them. */
const headerSigns: readonly (readonly [header: string, value: RegExp])[] = [
  ['auto-submitted', /^(?!\s*no\b)\s*\S/i], // RFC 3834 §5
  ['x-auto-response-suppress', /\b(?:all|oof|autoreply)\b/i],
  ['precedence', /^\s*(?:auto[_-]?reply|bulk|junk)\b/i],
  ['x-precedence', /^\s*(?:auto[_-]?reply|bulk|junk)\b/i],
  ['x-autoreply', /^(?!\s*no\b)\s*\S/i],
  ['x-autorespond', /\S?/],
  ['x-autoresponder', /\S?/],
  ['x-autoreply-from', /\S/],
  ['x-mail-autoreply', /\S/],
  ['x-auto-reply', /\S/],
  ['x-ebay-mailtracker', /auto/i],
  ['x-post-messageclass', /autoresponder/i],
  ['x-fc-machinegenerated', /true/i],
  ['x-vacation', /\S/],
  ['x-away', /\S/],
  ['delivered-to', /^autoresponder$/i],
  ['x-mailer', /vacation|autorespon/i],
];

/** How programs begin the subject of an absence note. A person's answer to one begins with `Re:` and is none. */
const AUTOMATIC_SUBJECT = new RegExp(
  `^\\s*\\[?(?:${[
    // English
    'auto(?:matic|mated)?[ -]?(?:reply|response|answer)',
    'autoreply',
    'autoresponse',
    'auto: ',
    'out[ -]of[ -](?:the[ -])?office',
    'ooo\\b',
    'away from (?:my|the) ',
    "(?:i am |i'm )?(?:on|away on) (?:vacation|holiday|annual leave|leave|maternity leave|parental leave)",
    'vacation (?:reply|response|message|notice)',
    'thank you for (?:your (?:e-?mail|message|enquiry|inquiry)|contacting)',
    // Persian
    'پاسخ[ \u200c]?(?:خودکار|اتوماتیک)',
    'پاسخگوی خودکار',
    'خارج از (?:دفتر|اداره|محل کار)',
    '(?:در )?مرخصی',
    'عدم حضور',
    // German, French, Spanish, Italian, Portuguese, Dutch
    'automatische (?:antwort|r[üu]ckantwort)',
    'abwesen(?:d|heit)',
    'r[ée]ponse automatique',
    'absen(?:t|ce)\\b',
    'respuesta autom[áa]tica',
    'fuera de (?:la )?oficina',
    'risposta automatica',
    'fuori (?:sede|ufficio)',
    'resposta autom[áa]tica',
    '(?:fora|ausente) d[oa] escrit[óo]rio',
    'automatisch(?:e)? (?:antwoord|beantwoord)',
    'afwezig',
    // Turkish, Arabic, Russian, Ukrainian, Polish, Czech
    'otomatik yan[ıi]t',
    'ofis d[ıi][şs][ıi]nda',
    'رد (?:تلقائي|آلي)',
    'خارج المكتب',
    'автоматический ответ',
    'автоответ',
    'автоматична відповідь',
    'automatyczna odpowied',
    'automatick[áa] odpov',
    // Nordic, Hungarian, Romanian, Greek
    'autosvar',
    'automatisk svar',
    'fr[åa]nvaro',
    'automaattinen vastaus',
    'automatikus v[áa]lasz',
    'r[ăa]spuns automat',
    'αυτόματη απάντηση',
    // Chinese, Japanese, Korean
    '自动(?:回复|答复)',
    '自動(?:回覆|返信|応答)',
    '不在(?:通知|のお知らせ)',
    '자동 (?:회신|응답)',
  ].join('|')})`,
  'iu',
);

/** The sign that a program answered, in a few words; undefined when there is none. */
export function autoReplySign(headers: HeaderList): string | undefined {
  for (const [name, value] of headerSigns) {
    if (headers.has(name) && headers.all(name).some((text) => value.test(text))) return name;
  }
  return AUTOMATIC_SUBJECT.test(headers.text('subject').slice(0, 300)) ? 'subject' : undefined;
}

/** Words count near the beginning and in short messages only: people write about holidays too. */
const MAX_ABSENCE_NOTE = 1_500;
const HEAD = 700;

/** Why a program answered; undefined when a person did, as far as one can tell. */
export function autoReplyCause(headers: HeaderList, words: string): AutoReplyCause | undefined {
  const subject = headers.text('subject').slice(0, 300);
  const head = words.slice(0, HEAD).replace(/\s+/g, ' ');
  const sign = autoReplySign(headers);
  if (CHALLENGE_WORDS.test(`${subject} ${head}`)) return 'challenge';
  const isAnswer = sign !== undefined || looksLikeAnswer(headers);
  if (isAnswer && ADDRESS_CHANGED.test(`${subject} ${head}`) && (sign !== undefined || words.length < MAX_ABSENCE_NOTE))
    return 'address-changed';
  const isAbsent = ABSENCE_WORDS.test(head);
  if (sign !== undefined) return isAbsent || sign === 'subject' || sign === 'x-vacation' ? 'absence' : 'other';
  if (AUTOMATIC_WORDS.test(head)) return isAbsent ? 'absence' : 'other';
  return isAnswer && isAbsent && words.length < MAX_ABSENCE_NOTE && RETURN_WORDS.test(head) ? 'absence' : undefined;
}

/** RFC 5322 §3.6.5 and the prefixes of mail programs in other languages. */
export const ANSWER_SUBJECT =
  /^\s*(?:re|aw|sv|vs|antw|odp|ynt|rif|res|ref|پاسخ|رد|ответ|回复|回覆|答复|返信|답장)\s{0,3}(?:\[\d{1,3}\])?\s{0,3}[:：]/iu;

export function looksLikeAnswer(headers: HeaderList): boolean {
  return headers.has('in-reply-to') || headers.has('references') || ANSWER_SUBJECT.test(headers.text('subject').slice(0, 300));
}
