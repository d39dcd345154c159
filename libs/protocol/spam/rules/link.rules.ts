import { registeredDomain } from '../urls.js';
import type { Rule, RuleInput } from './rule.js';

const SHORTENERS = new Set(
  'adf.ly bit.do bit.ly bitly.com bl.ink buff.ly clck.ru cli.re cutt.ly db.tt goo.gl goo.su is.gd j.mp lnkd.in n9.cl opn.to ow.ly qr.ae rb.gy rebrand.ly s.id shorte.st shorturl.at shrtco.de snip.ly soo.gd t.co t.ly t2m.io tiny.cc tiny.one tinyurl.com tny.im tr.im trib.al u.to url.ie urlz.fr v.gd vk.cc x.co yourls.org yun.ir zaya.io zip.net'.split(
    ' ',
  ),
);
/** Endings that registries gave away or sell for cents; light, as honest people live there too. */
const CHEAP_ENDINGS =
  /\.(?:accountant|bid|buzz|cam|cf|click|country|cricket|cyou|date|download|faith|ga|gdn|gq|icu|kim|link|loan|men|ml|mom|monster|party|quest|racing|rest|review|sbs|science|stream|surf|tk|top|trade|vip|wang|webcam|win|work|xin|xyz|zip)$/;
const PROGRAM_PATH = /\.(?:apk|bat|cmd|exe|hta|iso|jar|js|lnk|msi|pif|ps1|scr|vbs)(?:[?#]|$)/i;
/** Names that people trust and that are imitated: a host that holds one without being it. */
const IMITATED =
  /(?:^|[.-])(?:amazon|appleid|paypal|ebay|netflix|microsoft|office365|icloud|instagram|facebook|whatsapp|dhl|fedex|usps|hsbc|citibank|wellsfargo|bankofamerica|chase|santander|barclays|sparkasse|volksbank|postbank|laposte|ameli|correos|bbva|melli|mellat|shaparak|digikala)(?=[.-])/;

/** Where its links lead. */
export const linkRules: readonly Rule[] = [
  {
    rule: 'link-to-address',
    points: 2,
    sentence: 'A link leads to a bare network address instead of a name.',
    test: ({ content }) => content.urls.some(({ isAddress, host }) => isAddress && !/^(?:127\.|10\.|192\.168\.)/.test(host)),
  },
  {
    rule: 'link-with-user',
    points: 1.8,
    sentence: 'A link shows one site before an @ and leads to another.',
    test: ({ content }) => content.urls.some(({ hasUser }) => hasUser),
  },
  {
    rule: 'link-shows-other-site',
    points: 1.6,
    sentence: 'A link shows the name of one site and leads to another.',
    test: (message) =>
      message.content.urls.some(
        (url) => url.labelHost !== '' && registeredDomain(url.labelHost) !== url.domain && !isOwn(url.domain, message),
      ),
  },
  {
    rule: 'link-imitates-name',
    points: 2.2,
    sentence: 'A link leads to a host that carries a known name and belongs to somebody else.',
    test: ({ content }) => content.urls.some(({ host, domain }) => isImitation(host, domain)),
  },
  {
    rule: 'link-shortened',
    points: 0.9,
    sentence: 'A link is shortened, so that nobody sees where it leads.',
    test: ({ content }) => content.urls.some(({ domain, host }) => SHORTENERS.has(domain) || SHORTENERS.has(host)),
  },
  {
    rule: 'link-punycode',
    points: 0.8,
    sentence: 'A link leads to a host whose letters may look like others.',
    // Whole labels in the script of their country are ordinary: xn--mgba3a4f16a is Iran.
    test: ({ content }) => content.urls.some(({ host }) => /(?:^|\.)xn--[a-z0-9-]+\.(?!xn--)[a-z]{2,}$/.test(host)),
  },
  {
    rule: 'link-odd-port',
    points: 0.9,
    sentence: 'A link leads to a port that web sites do not use.',
    test: ({ content }) => content.urls.some(({ port }) => port !== '' && !/^(?:80|443|8080|8443|3000)$/.test(port)),
  },
  {
    rule: 'link-many-labels',
    points: 0.8,
    sentence: 'A link leads to a host with many labels, which hides its owner.',
    test: ({ content }) => content.urls.some(({ host, isAddress }) => !isAddress && host.split('.').length > 6),
  },
  {
    rule: 'link-to-program',
    points: 2,
    sentence: 'A link leads straight to a program.',
    test: ({ content }) => content.urls.some(({ path }) => PROGRAM_PATH.test(path.split('?')[0]!)),
  },
  {
    rule: 'link-cheap-ending',
    points: 0.7,
    sentence: 'A link leads to a domain of a kind that is given away.',
    test: ({ content, fromDomain }) => content.urls.some(({ domain }) => CHEAP_ENDINGS.test(domain) && domain !== fromDomain),
  },
  {
    rule: 'sender-cheap-ending',
    points: 0.7,
    sentence: 'The sender’s domain is of a kind that is given away.',
    test: ({ fromDomain }) => CHEAP_ENDINGS.test(fromDomain),
  },
  {
    rule: 'link-forwards',
    points: 0.6,
    sentence: 'A link uses another site to be forwarded.',
    test: ({ content }) =>
      content.urls.some(({ path, host }) =>
        /^(?:www\.)?google\.[a-z.]{2,6}$/.test(host)
          ? /^\/(?:url|amp)\b/.test(path)
          : /[?&](?:next|redirect|redir|url|dest|goto|continue)=https?(?::|%3a)/i.test(path) && !/unsubscribe/i.test(path),
      ),
  },
];

/** The sender's own pages, and those that count clicks for it under its name. */
function isOwn(domain: string, { fromDomain, content }: RuleInput): boolean {
  if (domain === fromDomain) return true;
  // Services that send for others rewrite every link to one domain of theirs, with a way to leave in the header.
  const lists = content.headers.raw('list-unsubscribe');
  return lists.includes(domain);
}

function isImitation(host: string, domain: string): boolean {
  const found = IMITATED.exec(`${host}.`)?.[0]?.replace(/^[.-]/, '');
  if (found === undefined) return false;
  const owner = domain.split('.')[0]!;
  return (
    owner !== found &&
    !/^(?:amazonaws|amazonses|microsoftonline|office|live|windows|azure|azurewebsites|cloudfront|facebookmail|paypalobjects|ebaystatic|apple|outlook|google|akamai|fastly)/.test(
      owner,
    )
  );
}
