import { findAddresses } from '#protocol/dsn';
import { countLetters } from '../count-letters.js';
import { domainOfAddress } from '../urls.js';
import { isFreeMail } from './free-mail.js';
import type { Rule, RuleInput } from './rule.js';

const HOUR_MS = 3600_000;

/** What RFC 5322 asks for, and what only programs that forge mail write. */
export const headerRules: readonly Rule[] = [
  {
    rule: 'header-bare',
    points: 1,
    sentence: 'It has none of the header fields that mail has: no sender, no date, no way that it came.',
    test: ({ content }) => isBare(content),
  },
  {
    rule: 'date-missing',
    points: 1,
    sentence: 'The message has no Date, which every mail program writes.',
    test: ({ content }) => !content.headers.has('date') && !isBare(content),
  },
  {
    rule: 'date-unreadable',
    points: 0.9,
    sentence: 'The Date is not a date.',
    test: ({ content }) => content.headers.has('date') && Number.isNaN(dateOf(content.headers.raw('date'))),
  },
  {
    rule: 'date-in-the-future',
    points: 1.6,
    sentence: 'The Date lies more than six hours ahead of its reception.',
    test: (message) => distance(message) > 6 * HOUR_MS,
  },
  {
    rule: 'date-long-ago',
    points: 0.8,
    sentence: 'The Date lies more than ten days before its reception.',
    test: (message) => distance(message) < -240 * HOUR_MS,
  },
  {
    rule: 'message-id-missing',
    points: 0.9,
    sentence: 'The message has no Message-ID.',
    test: ({ content }) => !content.headers.has('message-id') && !isBare(content),
  },
  {
    rule: 'message-id-malformed',
    points: 1,
    sentence: 'The Message-ID does not have the form that RFC 5322 gives it.',
    test: ({ content }) =>
      content.headers.has('message-id') && !/^<[^\s<>@]{1,250}@[^\s<>@]{1,250}>$/.test(content.headers.raw('message-id').trim()),
  },
  {
    rule: 'from-missing',
    points: 2,
    sentence: 'The message does not say who it is from.',
    test: ({ content, fromAddress }) => !fromAddress.includes('@') && !isBare(content),
  },
  {
    rule: 'from-twice',
    points: 3,
    sentence: 'The message has two From fields: programs and checks may read different ones.',
    test: ({ content }) => content.headers.all('from').length > 1,
  },
  {
    rule: 'from-shows-other-address',
    points: 1.8,
    sentence: 'The name of the sender is an address of another domain than the one that wrote.',
    test: ({ fromName, fromDomain }) => findAddresses(fromName).some((shown) => domainOfAddress(shown.toLowerCase()) !== fromDomain),
  },
  {
    rule: 'from-random-name',
    points: 0.7,
    sentence: 'The address of the sender looks made up by a program.',
    test: ({ fromAddress }) =>
      /^(?:[a-z]{1,3}\d{6,}|[a-z]+\d{5,}[a-z]+\d*|[bcdfghjklmnpqrstvwxz]{8,})@/.test(fromAddress) && !fromAddress.includes('bounce'),
  },
  {
    rule: 'from-digits-at-free-mail',
    points: 0.8,
    sentence: 'The sender is a numbered account of a free provider.',
    test: ({ fromAddress, fromDomain }) => /\d{4,}[a-z]{0,3}@/.test(fromAddress) && isFreeMail(fromDomain),
  },
  {
    rule: 'reply-goes-to-free-mail',
    points: 1.4,
    sentence: 'Answers would go to a free mail account that is not the sender’s.',
    test: ({ content, fromAddress, fromDomain }) =>
      findAddresses(content.headers.text('reply-to')).some((address) => {
        const lower = address.toLowerCase();
        return (
          lower !== fromAddress && isFreeMail(domainOfAddress(lower)) && (isFreeMail(fromDomain) || domainOfAddress(lower) !== fromDomain)
        );
      }),
  },
  {
    rule: 'received-impossible-address',
    points: 2.2,
    sentence: 'A Received line names an address that cannot exist: it was made up.',
    test: ({ content }) =>
      content.headers
        .all('received')
        .slice(0, 50)
        .some((line) =>
          [...line.matchAll(/\[(\d{1,4})\.(\d{1,4})\.(\d{1,4})\.(\d{1,4})\]/g)].some(([, ...octets]) =>
            octets.slice(0, 4).some((octet) => Number(octet) > 255),
          ),
        ),
  },
  {
    rule: 'received-out-of-order',
    points: 0.8,
    sentence: 'By its Received lines the message arrived more than a day before it was sent on.',
    test: ({ content }) => isOutOfOrder(content.headers.all('received')),
  },
  {
    rule: 'mailer-forged',
    points: 1.6,
    sentence: 'It claims to be written with a program that writes other Message-IDs.',
    test: ({ content }) => isForgedMailer(content.headers.raw('x-mailer'), content.headers.raw('message-id')),
  },
  {
    rule: 'mailer-of-bulk',
    points: 1.2,
    sentence: 'It was written with a program that is sold for sending unasked mail.',
    test: ({ content }) =>
      /\b(?:advanced mass sender|bulk ?mail|dark ?mailer|direct email|e-?mail ?(?:blaster|magnet)|express mail|group mail|mach10|massmail|power ?mailer|send-safe|turbo-?mailer)\b/i.test(
        content.headers.raw('x-mailer'),
      ),
  },
  {
    rule: 'recipients-undisclosed',
    points: 0.5,
    sentence: 'It does not say whom it is for.',
    test: ({ content: { headers } }) =>
      (!headers.has('to') && !headers.has('cc')) || /undisclosed.{0,3}recipients?/i.test(headers.raw('to')),
  },
  {
    rule: 'recipients-alike',
    points: 1.2,
    sentence: 'It is addressed to many people whose names follow one another in a directory.',
    test: ({ content }) => areAlike(findAddresses(`${content.headers.raw('to')} ${content.headers.raw('cc')}`)),
  },
  {
    rule: 'subject-shouts',
    points: 0.9,
    sentence: 'The subject is written in capitals.',
    test: ({ content }) => isShouting(content.subject),
  },
  {
    rule: 'subject-exclaims',
    points: 0.7,
    sentence: 'The subject has several exclamation or currency marks.',
    test: ({ content }) => /[!！]{2}|\${2}|!.{0,60}!|[?!]{3}/.test(content.subject),
  },
  {
    rule: 'subject-ends-in-code',
    points: 1.3,
    sentence: 'The subject ends, after a gap, in letters that mean nothing: they make each copy different.',
    test: ({ content }) => /\S\s{5,}\S{4,20}$|\s{3,}\[?[a-z0-9]{5,12}\]?$/i.test(content.subject),
  },
  {
    rule: 'header-raw-eight-bit',
    points: 0.6,
    sentence: 'The subject or sender has bytes that belong to no declared charset.',
    test: ({ content }) => hasRawEightBit(content.rawHeader),
  },
  {
    rule: 'refers-to-message',
    points: -0.4,
    sentence: 'It refers to the message that it answers.',
    test: ({ content: { headers } }) => headers.has('in-reply-to') && headers.has('references'),
  },
  {
    rule: 'list-mail',
    points: -0.8,
    sentence: 'It says which mailing list it is from and how to leave it.',
    test: ({ content: { headers } }) => headers.has('list-id') && (headers.has('list-unsubscribe') || headers.has('list-post')),
  },
];

/** One lack, not four: text that lost its header on the way to us. */
function isBare({ headers }: RuleInput['content']): boolean {
  return !['from', 'date', 'received', 'message-id'].some((name) => headers.has(name));
}

function dateOf(value: string): number {
  return Date.parse(
    value
      .replace(/\([^()]{0,100}\)/g, ' ')
      .trim()
      .slice(0, 100),
  );
}

function distance({ content, signals }: RuleInput): number {
  const date = dateOf(content.headers.raw('date'));
  return signals.receivedAtMs === undefined || Number.isNaN(date) ? 0 : date - signals.receivedAtMs;
}

/** The newest line is the first. */
function isOutOfOrder(lines: readonly string[]): boolean {
  const times = lines.slice(0, 50).map((line) => dateOf(line.slice(line.lastIndexOf(';') + 1)));
  return times.some((time, index) => index > 0 && times[index]! - times[index - 1]! > 24 * HOUR_MS && !Number.isNaN(time));
}

/** Outlook and Outlook Express have written `<hex$hex$hex@host>` for as long as they name themselves in X-Mailer. */
function isForgedMailer(mailer: string, messageId: string): boolean {
  if (!/^microsoft (?:office )?outlook(?: express)?[ ,]/i.test(mailer) || messageId === '') return false;
  return !/^<[0-9a-f$]{8,60}@[^@<>]{1,255}>$|^<[a-z0-9._-]{20,120}@[^@<>]{1,255}>$|^<!&!/i.test(messageId.trim());
}

/** Five or more addresses that share their first letters or their domain with different beginnings in order. */
function areAlike(addresses: readonly string[]): boolean {
  if (addresses.length < 6) return false;
  const locals = addresses.slice(0, 100).map((address) => address.slice(0, address.lastIndexOf('@')).toLowerCase());
  const pairs = locals
    .slice(1)
    .filter((local, index) => local.slice(0, 3) === locals[index]!.slice(0, 3) && local !== locals[index]).length;
  return pairs >= locals.length * 0.6;
}

function isShouting(subject: string): boolean {
  const words = subject.replace(/^(?:(?:re|fwd?|aw|wg)\s*:\s*|\[[^\]]{0,60}\]\s*)+/i, '');
  const { letters, upper } = countLetters(words);
  return letters >= 12 && /\s/.test(words.trim()) && upper > letters * 0.85;
}

/** RFC 6532 allows UTF-8; anything else needs encoded words. */
function hasRawEightBit(rawHeader: string): boolean {
  for (const [line] of rawHeader.matchAll(/^(?:subject|from|to):.{0,900}/gim))
    if (/[^\u0000-\u007f]/.test(line) && Buffer.from(line, 'latin1').toString('utf8').includes('\ufffd')) return true;
  return false;
}
