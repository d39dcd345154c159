import type { FoundMessage } from '#domain/mailstore';
import { type CommandOf, esearchResponse, numbersResponse, toRanges } from '#protocol/imap';
import { type Answer, ImapRefusal, ok } from './answers.js';
import type { ImapSession } from './imap-session.js';

const CHARSETS = new Set(['UTF-8', 'US-ASCII']);

/** SEARCH (RFC 9051 §6.4.4, RFC 4731, RFC 5182). */
export async function search(session: ImapSession, command: CommandOf<'SEARCH'>): Promise<Answer> {
  if (command.charset !== undefined && !CHARSETS.has(command.charset))
    throw new ImapRefusal('This charset is not known', { code: 'BADCHARSET' });
  const { services, enabled } = session;
  const selected = session.selected!;
  const found = await services.search.find(selected.folder.id, command.key, {
    sequence: (set) => selected.uidRanges(set, false),
    uid: (set) => selected.uidRanges(set, true),
  });
  const known = found.filter(({ uid }) => selected.has(uid));
  const numbers = command.isUid ? known.map(({ uid }) => uid) : known.map(({ uid }) => selected.numberOf(uid));
  const highest = usesModSeq(command.key) ? known.reduce((most, { modSeq }) => (modSeq > most ? modSeq : most), 0n) : 0n;
  const modSeq = highest > 0n ? highest : undefined;
  if (highest > 0n) enabled.condstore = true;
  const { returns } = command;
  if (returns?.save) {
    const { min, max, all, count } = returns;
    const uids = known.map(({ uid }) => uid);
    // RFC 5182 §2.1: of MIN and MAX alone, only those.
    const keepsAll = all || count || (!min && !max);
    selected.saved = keepsAll ? uids : [...new Set([...(min ? uids.slice(0, 1) : []), ...(max ? uids.slice(-1) : [])])];
    if (!min && !max && !all && !count) return ok('Saved');
  }
  if (!returns && !enabled.rev2) {
    await session.say(numbersResponse('SEARCH', numbers, modSeq));
    return ok('Searched');
  }
  const wanted = returns ?? { min: false, max: false, all: true, count: false, save: false };
  await session.say(
    esearchResponse(command.tag, {
      isUid: command.isUid,
      ...(wanted.min && numbers.length > 0 && { min: numbers[0]! }),
      ...(wanted.max && numbers.length > 0 && { max: numbers.at(-1)! }),
      ...(wanted.all && { all: toRanges(numbers) }),
      ...(wanted.count && { count: numbers.length }),
      ...(modSeq !== undefined && { modSeq }),
    }),
  );
  return ok('Searched');
}

/** Of the messages that the session knows, ascending. @throws ImapRefusal for a charset that is not known */
export async function foundBy(session: ImapSession, { charset, key }: CommandOf<'SEARCH' | 'SORT' | 'THREAD'>): Promise<FoundMessage[]> {
  if (charset !== undefined && !CHARSETS.has(charset)) throw new ImapRefusal('This charset is not known', { code: 'BADCHARSET' });
  const selected = session.selected!;
  const found = await session.services.search.find(selected.folder.id, key, {
    sequence: (set) => selected.uidRanges(set, false),
    uid: (set) => selected.uidRanges(set, true),
  });
  return found.filter(({ uid }) => selected.has(uid));
}

function usesModSeq(key: CommandOf<'SEARCH'>['key']): boolean {
  switch (key.key) {
    case 'modseq':
      return true;
    case 'and':
      return key.keys.some(usesModSeq);
    case 'or':
      return usesModSeq(key.left) || usesModSeq(key.right);
    case 'not':
      return usesModSeq(key.inner);
    default:
      return false;
  }
}
