// Which tokens the shipped model may know: words and pairs of the language that the corpus is in, that many people wrote,
// and that say nothing of who wrote to whom.
import { examine } from '#protocol/spam';
import { findAddress } from '#protocol/dsn';
import { withoutListMarks } from './corpus.mjs';

const MIN_DOCUMENTS = 8;
const MIN_SENDERS = 6;

/** What every honest newsletter says, too: a model from a time before those would hold it against them. */
const OF_EVERY_NEWSLETTER = new Set(
  'unsubscribe unsubscribed unsubscribing subscribe subscribed subscriber subscribers subscription newsletter newsletters click here view browser website web www http https html privacy policy terms copyright rights reserved preferences offer offers sale shop order orders account welcome dear customer customers email e-mail mailing list please visit contact update updates discount save store online service services company inc ltd llc thank thanks today new now price prices you your our us we to the a of and in for this at on or if be have will from all'.split(
    ' ',
  ),
);
/** What belongs to the people, programs, places and years of this corpus. */
const OF_THIS_CORPUS =
  /(?:^|[ :*])(?:ilug|linux|spamassassin|razor|exmh|fork|zzzz?\w*|taint|jm|yyyy|sourceforge|redhat|rpm|debian|perl|python|apt|freshrpms|gnome|kde|mozilla|cnet|zdnet|lockergnome|slashdot|irish|ireland|dublin|iraq|bush|2002|2003|september|october|august|july|june|wed|thu|fri|mon|tue|sat|sun|aug|sep|oct|nov|dec|jan|feb|jul|jun)(?=$| )/;
/** Short words of other languages: the corpus has them in spam alone, as nobody wrote to these people in them. */
const OF_OTHER_LANGUAGES =
  /(?:^|[ :*])(?:der|die|das|und|ist|nicht|sie|ein|eine|mit|von|für|auf|ich|le|la|les|des|un|une|et|est|pour|que|vous|nous|pas|dans|el|los|las|una|de|del|en|por|para|con|su|es|y|o|da|do|em|com|não|il|di|che|per|non|se|al|si|no|van|het|een|op|zu|im|ce|ne|au|du)(?=$| )/;

/** @returns the tokens' texts of a message, those alone that could be features */
export function candidatesOf(raw) {
  const { content, tokens } = examine(withoutListMarks(raw));
  const sender = (findAddress(content.headers.text('from')) ?? '').toLowerCase().replace(/^.*@/, '');
  return { sender, texts: tokens.filter(isCandidate).map(({ text }) => text) };
}

function isCandidate({ kind, text }) {
  if (kind === 'trait' || text.length > 40 || !/^(?:s:)?[a-z#$%' *!-]+$/.test(text)) return false;
  if (!/[a-z$%]/.test(text.replace(/^s:/, '')) || OF_THIS_CORPUS.test(text)) return false;
  const words = text.replace(/^s:/, '').split(' ');
  if (words.every((word) => word === '*' || OF_EVERY_NEWSLETTER.has(word))) return false;
  return !OF_OTHER_LANGUAGES.test(text) && text.replace(/^s:/, '').length >= 2;
}

/** Tokens that enough messages of enough senders have, the most informative first, at most `max`. */
export function chooseVocabulary(documents, max) {
  const seen = new Map();
  const totals = { spam: 0, ham: 0 };
  for (const { isSpam, sender, texts } of documents) {
    totals[isSpam ? 'spam' : 'ham']++;
    for (const text of texts) {
      let entry = seen.get(text);
      if (!entry) seen.set(text, (entry = { spam: 0, ham: 0, senders: new Set() }));
      entry[isSpam ? 'spam' : 'ham']++;
      if (entry.senders.size < MIN_SENDERS) entry.senders.add(sender);
    }
  }
  return [...seen]
    .filter(([, { spam, ham, senders }]) => spam + ham >= MIN_DOCUMENTS && senders.size >= MIN_SENDERS)
    .map(([text, { spam, ham }]) => [text, information(spam, ham, totals)])
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, max)
    .map(([text]) => text);
}

/** Mutual information of presence and kind. */
function information(spam, ham, totals) {
  const all = totals.spam + totals.ham;
  let sum = 0;
  for (const [joint, kind] of [
    [spam, totals.spam],
    [ham, totals.ham],
  ])
    for (const [count, margin] of [
      [joint, spam + ham],
      [kind - joint, all - spam - ham],
    ])
      if (count > 0) sum += (count / all) * Math.log((count * all) / (margin * kind));
  return sum;
}
