import { describe, expect, it } from 'vitest';
import { examine, judge } from './judge.js';
import { htmlMail, mail, mailWith, program, zip } from './spam.fixture.js';
import type { SpamSignals } from './spam.types.js';

const judged = (raw: Buffer, signals: SpamSignals = {}) => judge(examine(raw), { signals });
const rules = (raw: Buffer, signals: SpamSignals = {}) => judged(raw, signals).reasons.map(({ rule }) => rule);

const persianNewsletter = `<html dir="rtl"><body><div style="display:none">تازه‌های این هفته از فروشگاه کتاب</div>
<h1>سلام سارا جان</h1><p>این هفته سه کتاب تازه به فروشگاه رسیده است: یک رمان ایرانی، یک مجموعه شعر و کتابی درباره تاریخ چاپار و پست در ایران باستان.
ارسال برای خریدهای بالای پانصد هزار تومان رایگان است.</p><p><a href="https://books.example.ir/new">دیدن کتاب‌های تازه</a></p>
<p>این نامه را چون عضو خبرنامه ما هستید دریافت کرده‌اید. <a href="https://books.example.ir/unsubscribe">لغو عضویت</a></p></body></html>`;

describe('ordinary mail', () => {
  it.each([
    [
      'a Persian newsletter',
      htmlMail(persianNewsletter, {
        Subject: 'کتاب‌های تازه‌ی این هفته',
        From: 'کتابفروشی <news@books.example.ir>',
        'List-Unsubscribe': '<https://books.example.ir/u/1>',
      }),
    ],
    [
      'a Persian reply',
      mail('سلام،\nممنون از ایمیلتان. لطفاً سفارش مرا به آدرس جدید بفرستید و شماره پیگیری را هم برایم بنویسید.\nبا احترام، سارا', {
        Subject: 'Re: سفارش شما',
        'In-Reply-To': '<m@example.org>',
      }),
    ],
    [
      'an Arabic reply',
      mail('مرحباً،\nشكراً لرسالتكم. هل يمكنكم إرسال الفاتورة إلى عنواني الجديد وتأكيد موعد التسليم؟\nمع أطيب التحيات', {
        Subject: 'رد: طلبكم',
      }),
    ],
    [
      'a German letter',
      mail(
        'Guten Tag Frau Ahmadi,\n\nvielen Dank für Ihre Bestellung. Können Sie mir bitte die Rechnung noch einmal zusenden? Die Lieferadresse hat sich geändert.\n\nMit freundlichen Grüßen\nJürgen',
        { Subject: 'Ihre Bestellung' },
      ),
    ],
    [
      'a French letter',
      mail(
        'Bonjour,\n\nMerci pour votre réponse. Je voudrais changer la date de notre rendez-vous de mardi à jeudi, si cela vous convient.\n\nCordialement,\nÉlodie',
        { Subject: 'Notre rendez-vous' },
      ),
    ],
    [
      'a Spanish letter',
      mail(
        'Hola:\n\nGracias por el envío. El paquete llegó ayer, pero falta uno de los libros. ¿Pueden enviarlo esta semana, por favor?\n\nSaludos,\nJosé',
        { Subject: 'Falta un libro' },
      ),
    ],
    [
      'a short English reply',
      mail('Thanks, Tuesday at ten works for me. See you there!', { Subject: 'Re: Tuesday', 'In-Reply-To': '<m@example.org>' }),
    ],
    [
      'a notice of a shop that asks to confirm an address at its own site',
      htmlMail(
        '<p>Dear customer, please verify your account within 24 hours: <a href="https://www.shop.example/verify/1">click here</a>.</p>',
        {
          From: 'Shop <hello@shop.example>',
          Subject: 'Confirm your address',
        },
      ),
    ],
    [
      'a letter with a report as PDF',
      mailWith('report.pdf', 'application/pdf', Buffer.from('%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj')),
    ],
  ])('%s is ham', (_, raw) => {
    const { verdict, score, risks } = judged(raw);
    expect({ verdict, risks }).toEqual({ verdict: 'ham', risks: [] });
    expect(score).toBeLessThan(2);
  });
});

describe('spam without any training', () => {
  it.each([
    [
      'an advance-fee fraud',
      mail(
        'Dear friend,\n\nI am barrister John Cole, attorney to the late Mr. Adams, who died with his next of kin and left the sum of $15.5 million US dollars in a bank. I seek your assistance as foreign partner for the transfer of the funds to your bank account. This business proposal is strictly confidential.',
        { Subject: 'URGENT BUSINESS PROPOSAL', 'Reply-To': 'johncole1977@yahoo.com', From: 'Barr. John Cole <john@cole-chambers.example>' },
      ),
    ],
    [
      'sextortion in German',
      mail(
        'Ich habe Ihren Computer gehackt und ein Video mit Ihrer Webcam aufgenommen. Wenn Sie nicht 900 Euro in Bitcoin zahlen, bekommen alle Ihre Kontakte den Film. Zahlen Sie innerhalb von 48 Stunden.',
        { Subject: 'Letzte Warnung', Date: null },
      ),
    ],
    [
      'a Persian lottery',
      mail(
        'تبریک! شما برنده خوش شانس قرعه‌کشی بین‌المللی شده‌اید. برای دریافت جایزه به مبلغ ۲ میلیون دلار، اطلاعات حساب بانکی خود را کاملاً محرمانه بفرستید.',
        { Subject: 'برنده قرعه کشی!!!', 'Reply-To': 'prize2026@gmail.com' },
      ),
    ],
    [
      'phishing in Arabic',
      htmlMail(
        '<p>عميلنا العزيز، تم تعليق حسابك بسبب نشاط مشبوه. يرجى تأكيد بياناتك خلال 24 ساعة، اضغط هنا <a href="https://login.example.top/x">الدخول</a></p>',
        {
          Subject: 'تنبيه أمني',
        },
      ),
    ],
    [
      'phishing in French',
      htmlMail(
        '<p>Cher client, votre compte a été suspendu suite à une activité inhabituelle. Veuillez confirmer votre identité dans les 24 heures. <a href="https://verif.example.click/login">Cliquez ici</a></p>',
        { Subject: 'Votre compte' },
      ),
    ],
    [
      'a miracle of income in Spanish',
      mail('Gana dinero trabajando desde casa, sin riesgo. La libertad financiera está a un clic: https://bit.ly/3abc', {
        Subject: 'LIBERTAD FINANCIERA YA!!!',
      }),
    ],
    [
      'a page that collects passwords',
      htmlMail(
        '<p>Dear customer,</p><p>Your account has been suspended because of unusual activity. Verify your account within 24 hours. <a href="http://203.0.113.9/login">https://www.bank.example.com/login</a></p>',
        { Subject: 'Your account', From: '"service@bank.example.com" <x@shop.example.net>' },
      ),
    ],
  ])('%s is junk', (_, raw) => {
    expect(judged(raw).verdict).not.toBe('ham');
  });

  it('GTUBE is refused', () => {
    expect(judged(mail('XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X')).verdict).toBe('reject');
  });
});

describe('structure', () => {
  it.each([
    ['date-missing', mail('x', { Date: null })],
    ['message-id-missing', mail('x', { 'Message-ID': null })],
    ['from-twice', mail('x', { From: 'a@example.org\r\nFrom: b@example.net' })],
    ['from-shows-other-address', mail('x', { From: '"ceo@bank.example" <x@evil.example>' })],
    ['received-impossible-address', mail('x', { Received: 'from a (a [301.2.3.4]) by b; Mon, 2 Mar 2026 10:00:01 +0000' })],
    ['subject-ends-in-code', mail('x', { Subject: 'Cheap watches          qjx8wz' })],
    ['html-hidden-text', htmlMail(`<p>Buy now</p><div style="color:#fff">${'hidden words for filters '.repeat(40)}</div>`)],
    ['html-image-only', htmlMail('<a href="https://shop.example"><img src="https://shop.example/a.png"></a>')],
    ['html-split-words', htmlMail('<p>V<!-- x -->ia<!-- y -->gr<b></b>a ci<!-- z -->al<i></i>is</p>')],
    ['html-password', htmlMail('<form action="https://x.example"><input type="password"></form>')],
    ['link-shows-other-site', htmlMail('<a href="https://evil.example/x">www.bank.example.com</a>')],
    ['link-to-address', mail('Go to http://203.0.113.9/x now')],
    ['link-with-user', mail('Go to https://www.bank.example@203.0.113.9/x now')],
    ['link-shortened', mail('Go to https://bit.ly/3xYz now')],
    ['link-imitates-name', mail('Go to https://paypal.account-check.example/x now')],
    ['charset-unknown', mail('x', { 'Content-Type': 'text/plain; charset=klingon-7' })],
    ['charset-utf-7', mail('x', { 'Content-Type': 'text/plain; charset=utf-7' })],
    ['text-base64-ascii', mail(Buffer.from('Plain English words, encoded.').toString('base64'), { 'Content-Transfer-Encoding': 'base64' })],
    ['text-mixed-scripts', mail('Your раypal асcount at аmаzon wаs limitеd')],
    ['text-hidden-marks', mail('v\u200bi\u200ba\u200bg\u200br\u200ba and c\u200bi\u200ba\u200blis')],
  ])('%s is found', (rule, raw) => {
    expect(rules(raw)).toContain(rule);
  });

  it('a preheader, a tracking pixel and Persian joiners are nothing odd', () => {
    const found = rules(htmlMail(`${persianNewsletter}<img src="https://t.example.ir/p.gif" width="1" height="1">`));
    expect(found.filter((rule) => /hidden|tiny|image|mixed/.test(rule))).toEqual([]);
  });

  it('text without any header lacks one thing, not four', () => {
    const found = rules(Buffer.from('\r\nJust some words that lost their header.\r\n'));
    expect(found).toContain('header-bare');
    expect(found).not.toContain('date-missing');
  });
});

describe('attachments', () => {
  it.each([
    ['attachment-program', mailWith('setup.exe', 'application/octet-stream', program())],
    ['attachment-program', mailWith('notes.txt', 'text/plain', program())],
    ['attachment-lies', mailWith('photo.jpg', 'image/jpeg', program())],
    ['attachment-hides-extension', mailWith('invoice.pdf.exe', 'application/pdf', Buffer.from('x'))],
    ['attachment-hides-extension', mailWith('photo\u202egpj.exe', 'image/jpeg', Buffer.from('x'))],
    ['attachment-macros', mailWith('order.docm', 'application/msword', zip('word/document.xml'))],
    ['attachment-macros', mailWith('order.docx', 'application/msword', zip('word/vbaProject.bin'))],
    ['attachment-active-page', mailWith('invoice.html', 'text/html', Buffer.from('<script>atob("x")</script>'))],
    ['attachment-disk-image', mailWith('invoice.iso', 'application/octet-stream', Buffer.from('x'))],
    ['archive-with-program', mailWith('invoice.zip', 'application/zip', zip('invoice.js'))],
    ['archive-sealed', mailWith('invoice.zip', 'application/zip', zip('invoice.doc', 1))],
    ['archive-bomb', mailWith('data.zip', 'application/zip', zip('zeros.bin', 0, 0xf0000000))],
  ])('%s is found, and a risk', (rule, raw) => {
    expect(rules(raw)).toContain(rule);
    expect(judged(raw).risks).not.toEqual([]);
  });

  it('a password beside a sealed archive counts on top', () => {
    expect(rules(mailWith('a.zip', 'application/zip', zip('a.doc', 1), 'رمز فایل: 1234'))).toContain('archive-sealed-with-password');
  });
});

describe('what the reception told', () => {
  const raw = mail('Hello');

  it('weighs a failed DMARC by the policy of the domain', () => {
    expect(judged(raw, { dmarc: 'fail', dmarcPolicy: 'reject' }).score - judged(raw).score).toBeCloseTo(4);
    expect(rules(raw, { dmarc: 'fail', dmarcPolicy: 'reject', arc: 'pass' })).not.toContain('dmarc-reject');
  });

  it('takes an answer to our own mail for what it is', () => {
    expect(judged(raw, { isAnswer: true }).score).toBeLessThan(judged(raw).score - 2);
  });

  it('counts lists that name the sender', () => {
    expect(rules(raw, { listings: ['zen.example', 'bl.example'] })).toEqual(expect.arrayContaining(['listed', 'listed-twice']));
  });
});

describe('a judgement', () => {
  it('explains itself in sentences whose points add up to the score', () => {
    const { score, reasons } = judged(mail('x', { Date: null, 'Message-ID': null, Subject: 'FREE MONEY FOR YOU!!!' }));
    expect(reasons.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(score, 1);
    for (const { sentence } of reasons) expect(sentence).toMatch(/^\p{Lu}.*\.$/u);
  });
});
