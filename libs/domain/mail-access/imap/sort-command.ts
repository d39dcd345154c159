import { type CommandOf, type ThreadNode, esearchResponse, numbersResponse, threadResponse } from '#protocol/imap';
import { sortMessages, threadMessages } from '#protocol/mail-search';
import { type Answer, ImapRefusal, ok } from './answers.js';
import type { ImapSession } from './imap-session.js';
import { foundBy } from './search-command.js';

/** Each message is compared in memory. */
const MOST_MESSAGES = 200_000;

/** SORT (RFC 5256, RFC 5267 ESORT, RFC 5957 DISPLAY). */
export async function sort(session: ImapSession, command: CommandOf<'SORT'>): Promise<Answer> {
  const uids = sortMessages(await summariesOf(session, command), command.criteria);
  const selected = session.selected!;
  const numbers = command.isUid ? uids : uids.map((uid) => selected.numberOf(uid));
  const { returns } = command;
  if (!returns) {
    await session.say(numbersResponse('SORT', numbers));
    return ok('Sorted');
  }
  await session.say(
    esearchResponse(command.tag, {
      isUid: command.isUid,
      ...(returns.min && numbers.length > 0 && { min: numbers[0]! }),
      ...(returns.max && numbers.length > 0 && { max: numbers.at(-1)! }),
      // In their order, so that neighbours are no ranges.
      ...(returns.all && { all: numbers.map((number) => [number, number] as const) }),
      ...(returns.count && { count: numbers.length }),
    }),
  );
  if (returns.save) selected.saved = [...uids].sort((a, b) => a - b);
  return ok('Sorted');
}

/** THREAD (RFC 5256). */
export async function thread(session: ImapSession, command: CommandOf<'THREAD'>): Promise<Answer> {
  const selected = session.selected!;
  const threads = threadMessages(await summariesOf(session, command), command.algorithm);
  await session.say(threadResponse(command.isUid ? threads : renumbered(threads, (uid) => selected.numberOf(uid))));
  return ok('Threaded');
}

async function summariesOf(session: ImapSession, command: CommandOf<'SORT' | 'THREAD'>) {
  const found = await foundBy(session, command);
  if (found.length > MOST_MESSAGES) throw new ImapRefusal('Too many messages: search for fewer', 'LIMIT');
  return session.services.messages.summaries(
    session.selected!.folder.id,
    found.map(({ uid }) => uid),
  );
}

/** Without recursion: threads may be as deep as a mailbox is long. */
function renumbered(threads: readonly ThreadNode[], numberOf: (uid: number) => number): ThreadNode[] {
  interface Open {
    number: number;
    children: Open[];
  }
  const roots: Open[] = [];
  const open: [from: readonly ThreadNode[], to: Open[]][] = [[threads, roots]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [from, to] = next;
    for (const { number, children } of from) {
      const copy: Open = { number: number === null ? number : numberOf(number), children: [] } as Open;
      to.push(copy);
      if (children.length > 0) open.push([children, copy.children]);
    }
  }
  return roots;
}
