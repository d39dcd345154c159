import { normalizeText } from '#base/text';
import { type MessageSet, type SearchKey, type SequenceRange, rangesHave, resolveSet } from '#protocol/imap';

/** What is known of a message without reading it. */
export interface SearchFacts {
  readonly sequence: number;
  readonly uid: number;
  hasFlag(flag: string): boolean;
  readonly isRecent: boolean;
  readonly internalDate: Date;
  readonly sizeBytes: number;
  readonly modSeq: bigint;
  /** Null where the store does not know: SAVEDATE keys then go by the internal date (RFC 8514 §4.3). */
  readonly saveDate: Date | null;
  readonly emailId: string;
  readonly threadId: string | null;
  /** The day of the Date field (`parseSentDate`); null where it has none, so no SENT key matches. */
  readonly sentDay: string | null;
}

/** Its texts, decoded and through `normalizeText`; read only where a key asks. */
export interface SearchTexts {
  /** Values of all fields of that name (lower case); none: no such field. */
  header(name: string): readonly string[];
  /** All of the header. */
  headerText(): string;
  bodyText(): string;
}

export interface SearchView {
  readonly largestSequence: number;
  readonly largestUid: number;
  /** `$`, as UIDs. */
  readonly savedUids: readonly SequenceRange[];
  readonly now: Date;
}

/** Undefined: it depends on texts, and none were given. */
export type SearchTest = (facts: SearchFacts, texts?: SearchTexts) => boolean | undefined;

/**
 * A search as a test of single messages. Run it with the facts first, and again with texts where it says undefined: most messages are decided without
 * being read. `usesTexts` tells whether that can happen at all.
 */
export function compileSearch(key: SearchKey, view: SearchView): SearchTest {
  switch (key.key) {
    case 'all':
    case 'save-date-supported':
      return () => true;
    case 'and':
      return all(key.keys.map((inner) => compileSearch(inner, view)));
    case 'or': {
      const not = (inner: SearchKey) => negated(compileSearch(inner, view));
      return negated(all([not(key.left), not(key.right)]));
    }
    case 'not':
      return negated(compileSearch(key.inner, view));
    case 'sequence':
      return key.set === '$' ? saved(view) : inSet(key.set, view.largestSequence, ({ sequence }) => sequence);
    case 'uid':
      return key.set === '$' ? saved(view) : inSet(key.set, view.largestUid, ({ uid }) => uid);
    case 'flag':
      return (facts) => facts.hasFlag(key.flag) === key.isSet;
    case 'recent':
      return ({ isRecent }) => isRecent === key.isSet;
    case 'size':
      return ({ sizeBytes }) => (key.relation === 'larger' ? sizeBytes > key.bytes : sizeBytes < key.bytes);
    case 'modseq':
      return ({ modSeq }) => modSeq >= key.from;
    case 'email-id':
      return ({ emailId }) => emailId === key.id;
    case 'thread-id':
      return ({ threadId }) => threadId === key.id;
    case 'date':
    case 'age':
      return time(key, view);
    case 'header':
    case 'body':
    case 'text':
      return text(key);
  }
}

/** Whether a search can ask for texts, and for bodies among them. */
export function usesTexts(key: SearchKey): 'no' | 'header' | 'body' {
  switch (key.key) {
    case 'body':
    case 'text':
      return 'body';
    case 'header':
      return 'header';
    case 'not':
      return usesTexts(key.inner);
    case 'or':
      return more(usesTexts(key.left), usesTexts(key.right));
    case 'and':
      return key.keys.map(usesTexts).reduce(more, 'no');
    default:
      return 'no';
  }
}

type Use = ReturnType<typeof usesTexts>;
const more = (left: Use, right: Use): Use => (left === 'body' || right === 'body' ? 'body' : left === 'no' ? right : left);

/** Cheap tests have been asked before texts are: one that fails decides. */
function all(tests: readonly SearchTest[]): SearchTest {
  return (facts, texts) => {
    let found: boolean | undefined = true;
    for (const test of tests) {
      const is = test(facts, undefined);
      if (is === false) return false;
      if (is === undefined) found = undefined;
    }
    if (found !== undefined || texts === undefined) return found;
    return tests.every((test) => test(facts, texts) === true);
  };
}

function negated(test: SearchTest): SearchTest {
  return (facts, texts) => {
    const is = test(facts, texts);
    return is === undefined ? undefined : !is;
  };
}

function inSet(set: Exclude<MessageSet, '$'>, largest: number, of: (facts: SearchFacts) => number): SearchTest {
  const ranges = resolveSet(set, largest);
  return (facts) => rangesHave(ranges, of(facts));
}

function saved({ savedUids }: SearchView): SearchTest {
  return ({ uid }) => rangesHave(savedUids, uid);
}

/** Days are those of UTC, in which INTERNALDATE and SAVEDATE are told. */
function time(key: Extract<SearchKey, { key: 'date' | 'age' }>, { now }: SearchView): SearchTest {
  if (key.key === 'age') {
    const border = now.getTime() - key.seconds * 1000;
    return ({ internalDate }) => (key.relation === 'younger' ? internalDate.getTime() >= border : internalDate.getTime() <= border);
  }
  const dayOf = (facts: SearchFacts): string | null => {
    if (key.of === 'sent') return facts.sentDay;
    return ((key.of === 'saved' ? facts.saveDate : null) ?? facts.internalDate).toISOString().slice(0, 10);
  };
  return (facts) => {
    const day = dayOf(facts);
    if (day === null) return false;
    return key.relation === 'on' ? day === key.date : key.relation === 'before' ? day < key.date : day >= key.date;
  };
}

/** Substrings, as RFC 9051 §6.4.4 wants; an empty one is in every body, and asks of a field whether it is there. */
function text(key: Extract<SearchKey, { key: 'header' | 'body' | 'text' }>): SearchTest {
  const wanted = normalizeText(key.value);
  return (_, texts) => {
    if (texts === undefined) return undefined;
    if (key.key === 'header') return texts.header(key.name).some((value) => value.includes(wanted));
    return texts.bodyText().includes(wanted) || (key.key === 'text' && texts.headerText().includes(wanted));
  };
}
