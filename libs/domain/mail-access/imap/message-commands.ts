import { toFlagSet } from '#domain/mailstore';
import { type CommandOf, statusLine, toRanges } from '#protocol/imap';
import { type Answer, ImapRefusal, ok } from './answers.js';
import type { ImapSession } from './imap-session.js';
import { flagsLine } from './selected-folder.js';

export type MessageCommand = CommandOf<'STORE' | 'COPY' | 'MOVE' | 'EXPUNGE' | 'CLOSE'>;

/** Commands that change what is in the selected folder. */
export function messageCommand(session: ImapSession, command: MessageCommand): Promise<Answer> {
  const selected = session.selected!;
  if (selected.isReadOnly && command.name !== 'COPY' && command.name !== 'CLOSE')
    throw new ImapRefusal('The mailbox is open for reading only', 'READ-ONLY');
  switch (command.name) {
    case 'STORE':
      return store(session, command);
    case 'COPY':
    case 'MOVE':
      return copy(session, command);
    case 'EXPUNGE':
      return expungeNow(session, command);
    case 'CLOSE':
      return close(session);
    default:
      return command satisfies never;
  }
}

async function store(session: ImapSession, command: CommandOf<'STORE'>): Promise<Answer> {
  const { services, enabled, settings } = session;
  const selected = session.selected!;
  if (!command.isUid && selected.isBeyond(command.set)) throw new ImapRefusal('There are not so many messages', undefined, 'BAD');
  const uids = selected.named(command.set, command.isUid);
  if (command.unchangedSince !== undefined) enabled.condstore = true;
  const { changed, refused } = await services.messages.setFlags(selected.folder.id, uids, {
    mode: command.mode,
    flags: toFlagSet(command.flags),
    unchangedSince: command.unchangedSince,
  });
  const own = new Map(changed.map(({ uid, modSeq }) => [uid, modSeq]));
  // A new keyword is told of before it is used (RFC 9051 §7.3.5).
  await session.tellChanges(command.isUid, own);
  const options = { withUid: command.isUid || enabled.qresync, withModSeq: enabled.condstore };
  if (!command.isSilent)
    for (const change of await services.messages.flagsOf(selected.folder.id, uids)) {
      const number = selected.numberOf(change.uid);
      if (number > 0) await session.say(flagsLine(number, change, settings, options));
    }
  else if (enabled.condstore)
    // Silent as to flags; the new MODSEQ has to be known all the same (RFC 7162 §3.1.3).
    for (const change of changed) {
      const number = selected.numberOf(change.uid);
      if (number > 0) await session.say(flagsLine(number, change, settings, options));
    }
  if (refused.length === 0) return ok('Stored');
  const numbers = command.isUid ? refused : refused.map((uid) => selected.numberOf(uid)).filter((number) => number > 0);
  return { status: 'OK', text: 'Others were faster with some', code: { code: 'MODIFIED', numbers: toRanges(numbers) } };
}

async function copy(session: ImapSession, command: CommandOf<'COPY' | 'MOVE'>): Promise<Answer> {
  const { services, account } = session;
  const selected = session.selected!;
  if (!command.isUid && selected.isBeyond(command.set)) throw new ImapRefusal('There are not so many messages', undefined, 'BAD');
  const target = await services.folders.find(account!.accountId, command.mailbox);
  if (!target) throw new ImapRefusal('There is no such mailbox', 'TRYCREATE');
  const uids = selected.named(command.set, command.isUid);
  const isMove = command.name === 'MOVE';
  // Into itself a move changes nothing that anybody would want.
  if (uids.length === 0 || (isMove && target.id === selected.folder.id)) return ok('Nothing to do');
  const done = isMove
    ? await services.messages.move(selected.folder.id, target.id, uids)
    : await services.messages.copy(selected.folder.id, target.id, uids);
  if (done.from.length === 0) return ok('They are gone');
  const code = { code: 'COPYUID', uidValidity: done.uidValidity, from: toRanges(done.from), to: toRanges(done.to) } as const;
  if (!isMove) return ok('Copied', code);
  // RFC 6851 §4.3: before the messages are said to be gone.
  await session.say(statusLine('*', 'OK', 'Moved', code));
  await session.tellChanges(true);
  return ok('Done');
}

async function expungeNow(session: ImapSession, { uids: set }: CommandOf<'EXPUNGE'>): Promise<Answer> {
  const { services, enabled } = session;
  const selected = session.selected!;
  const gone = await services.messages.expunge(selected.folder.id, set === undefined ? undefined : selected.named(set, true));
  await session.tellChanges(true);
  return ok('Expunged', enabled.condstore && gone.length > 0 ? { code: 'HIGHESTMODSEQ', value: selected.modSeq } : undefined);
}

/** What is deleted goes, and nobody is told each one. */
async function close(session: ImapSession): Promise<Answer> {
  const { folder, isReadOnly } = session.selected!;
  session.leaveFolder();
  if (!isReadOnly) await session.services.messages.expunge(folder.id);
  return ok('Closed');
}
