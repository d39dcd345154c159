function any(...alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'iu');
}

/** "Take me off your list", as people write it. */
const OUT = any(
  "\\bunsubscrib|\\bremove (?:me|my|us|this)\\b|\\btake (?:me|us|my).{0,20}\\boff\\b|\\b(?:stop|quit|cease) (?:sending|e-?mailing|mailing|writing|spamming|contacting|these|this|the|all)|\\bopt(?:ing)?[ -]?(?:me )?out\\b|\\b(?:do not|don[\u2019']t|never) (?:ever )?(?:send|e-?mail|mail|contact|write).{0,20}(?:me|us|again|any ?more)|\\bno (?:more|further) (?:e-?mails?|mails?|messages?|newsletters?)|\\bcancel (?:my|this|the) (?:subscription|newsletter)|\\bdelete (?:me|my (?:e-?mail|address|data|account))\\b",
  '\\babmelden\\b|\\bmelden sie mich.{0,40}\\bab\\b|abbestell|\\baustragen\\b|tragen sie mich.{0,30}aus|keine (?:weiteren )?(?:e-?mails?|mails?|newsletter|werbung|nachrichten)|(?:nehmen|streichen|entfernen|l[öo]schen) sie (?:mich|meine)|aus (?:ihrem|eurem|dem) (?:verteiler|newsletter)|k[üu]ndige.{0,30}newsletter',
  "d[ée]sabonn|d[ée]sinscri|(?:ne |n[\u2019'])?m[\u2019']envoyez plus|ne plus (?:recevoir|m)|ne (?:veux|souhaite|d[ée]sire) plus|(?:retire[rz]|supprime[rz]|enleve[rz]|rayez)(?:-moi| moi| mon| mes)",
  'dar(?:me|se|nos)? de baja|d[ée](?:n)?me de baja|desuscri|cancelar? (?:mi )?suscripci|no (?:me )?(?:env[íi]en?|mand[ea]n?|quiero (?:recibir )?)(?: m[áa]s)|(?:elim[íi]n|b[óo]rr|qu[íi]t|elimin|borr|quit)(?:e|en|ar)(?:me|nos)',
  'descadastr|cancelar (?:a )?(?:minha )?(?:inscri|assinatura)|(?:remov|retir|exclu)(?:er|am?|ir|ar)?(?:-me| meu)|sair da lista|n[ãa]o (?:quero|desejo|enviem?|mandem?).{0,20}mais|disiscri|cancell(?:ami|atemi|arsi|arm|are la mia)|(?:rimuov|toglie|cancella)(?:ete)?mi|non (?:inviat|mandat|voglio|desidero).{0,20}pi[ùu]',
  'abonelikten|aboneli[ğg]imi|listeden (?:[çc][ıi]k|sil)|e-?posta(?:lar)? (?:g[öo]ndermeyin|almak istemiyorum)|отпи(?:с|ш)|(?:удалите|исключите|уберите) (?:меня|мой)|не (?:присылайте|отправляйте|шлите|пишите)|прекратите|afmelden|uitschrijven|wypisz|rezygnuj[ęe] z|avregistrera|afmeld',
  'لغو (?:اشتراک|عضویت|ثبت)|(?:اشتراک|عضویت).{0,20}(?:لغو|حذف|باطل|قطع)|دیگر.{0,15}(?:ایمیل|پیام|نامه|خبرنامه|تبلیغ).{0,20}(?:نفرست|ارسال نکن|نمی[ \u200c]?خواه|نده)|(?:مرا|من را|من رو|منو|بنده را|ایمیل (?:من|مرا|بنده)|آدرس (?:من|مرا)|نام من).{0,40}(?:حذف|خارج|پاک)|حذفم کن|انصراف (?:می|از)|(?:ایمیل|پیام|خبرنامه).{0,10}(?:نفرستید|ارسال نکنید)',
  '(?:إلغاء|الغاء|ألغ|إلغ|الغوا|ألغوا|إيقاف) (?:ال)?(?:ا|إ)?(?:لا)?شتراك|(?:إلغاء|الغاء) (?:التسجيل|الإشتراك|الاشتراك|اشتراكي)|(?:احذف|أزيل|ازيل|أزل|ازل|شيل|ارفع)(?:ني|وني|وا (?:بريدي|عنواني|اسمي)| (?:بريدي|عنواني|اسمي))|(?:توقف|توقفوا|كفوا|أوقفوا) عن|لا (?:ترسل|ترسلوا|أريد|اريد|أرغب|ارغب).{0,30}(?:رسائل|بريد|المزيد|بعد|استلام|تلقي)',
  '退订|取消订阅|不要再(?:发|寄)|配信(?:停止|解除)|購読解除|구독 ?(?:취소|해지)|수신 ?거부',
);

/** Somebody writes about leaving without wanting to. */
const NOT_OUT = any(
  "(?:do not|don[\u2019']t|did not|didn[\u2019']t|never|not want(?:ed)? to|without|instead of|rather than|why (?:was|am|did|have|were)|re-?subscribe|accidentally|by mistake|how many|rate|page|feature|button|link in).{0,40}unsubscrib|unsubscrib\\w* (?:link|button|page|rate|list|feature|header)|(?:was|been|got) unsubscribed",
  'nicht abmelden|pas (?:me )?d[ée]sabonn|no (?:quiero )?dar(?:me)? de baja|(?:نمی[ \u200c]?خواهم|نکنید).{0,30}(?:لغو|حذف)|(?:لغو|حذف).{0,10}نکنید|لا (?:أريد|اريد) (?:إلغاء|الغاء)',
);

/** One word that says it all, in the subject or the text. */
const WORD =
  /^\W{0,5}(?:please\W{1,3})?(?:unsubscribe(?: me)?|stop|remove(?: me)?|opt[ -]?out|abmelden|abbestellen|d[ée]sabonnement|d[ée]sinscription|baja|cancelar|لغو اشتراک|لغو عضویت|لغو|حذف|انصراف|إلغاء الاشتراك|الغاء الاشتراك|الغاء|إلغاء|إيقاف|ایقاف|отписаться|отписка|退订)(?:\W{1,3}please)?\W{0,8}$/iu;

/** Who wants to leave says so briefly; a long letter that mentions it is for people to read. */
const MAX_REQUEST = 400;

/**
 * Whether a person asks for no more mail in words of their own. What is quoted does not count, nor who asks not to be
 * taken off. Careful on purpose: a wrong yes loses a reader, a wrong no costs a look into the inbox.
 * @param words without quotations and signature
 */
export function wantsOut(subject: string, words: string): boolean {
  if (WORD.test(subject.slice(0, 200))) return true;
  const text = words.replace(/\s+/g, ' ').trim();
  if (text === '' || text.length > MAX_REQUEST) return false;
  return WORD.test(text) || (OUT.test(text) && !NOT_OUT.test(text));
}
