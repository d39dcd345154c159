import {
  type CommandOf,
  exists,
  flags,
  lowerBound,
  resolveSet,
  rangesHave,
  recent,
  statusLine,
  toRanges,
  vanished,
  listLine,
} from '#protocol/imap';
import { type Answer, ImapRefusal, ok } from './answers.js';
import type { ImapSession } from './imap-session.js';
import { SelectedFolder, flagsLine } from './selected-folder.js';

/** SELECT and EXAMINE (RFC 9051 §6.3.2, with CONDSTORE and QRESYNC of RFC 7162). */
export async function select(session: ImapSession, command: CommandOf<'SELECT' | 'EXAMINE'>): Promise<Answer> {
  const { services, account, enabled } = session;
  if (command.qresync && !enabled.qresync) throw new ImapRefusal('Enable QRESYNC first', undefined, 'BAD');
  if (session.selected) {
    session.leaveFolder();
    await session.say(statusLine('*', 'OK', 'The other one is closed', 'CLOSED'));
  }
  const folder = await services.folders.find(account!.accountId, command.mailbox);
  if (!folder) throw new ImapRefusal('There is no such mailbox', 'NONEXISTENT');
  if (command.isCondstore) enabled.condstore = true;
  const isReadOnly = command.name === 'EXAMINE';
  const selected = new SelectedFolder(folder, isReadOnly, await services.messages.view(folder.id), services.messages);
  const { settings } = session;
  await session.say(
    flags(selected.flagNames),
    statusLine('*', 'OK', 'These stay', { code: 'PERMANENTFLAGS', flags: isReadOnly ? [] : [...selected.flagNames, '\\*'] }),
    exists(selected.count),
    ...(enabled.rev2 ? [] : [recent(0)]),
    statusLine('*', 'OK', 'UIDs hold', { code: 'UIDVALIDITY', value: folder.uidValidity }),
    statusLine('*', 'OK', 'The next one', { code: 'UIDNEXT', value: folder.uidNext }),
    statusLine('*', 'OK', 'Changes are counted', { code: 'HIGHESTMODSEQ', value: selected.modSeq }),
    statusLine('*', 'OK', 'It has a name for ever', { code: 'MAILBOXID', id: `F${folder.id}` }),
    ...(enabled.rev2 ? [listLine('LIST', { name: folder.name, attributes: [] }, settings)] : []),
  );
  if (command.qresync) await tellMissed(session, selected, command.qresync);
  session.enterFolder(selected);
  return ok('Selected', isReadOnly ? 'READ-ONLY' : 'READ-WRITE');
}

/** What changed while the client was away (RFC 7162 §3.2.5). */
async function tellMissed(
  session: ImapSession,
  selected: SelectedFolder,
  { uidValidity, modSeq, knownUids }: NonNullable<CommandOf<'SELECT'>['qresync']>,
): Promise<void> {
  const { folder } = selected;
  if (uidValidity !== folder.uidValidity) return;
  const { messages } = session.services;
  const known = knownUids ? resolveSet(knownUids, selected.allUids.at(-1) ?? 0) : undefined;
  const isKnown = (uid: number) => known === undefined || rangesHave(known, uid);
  const gone = (await messages.expungedSince(folder.id, modSeq)) ?? missing(selected.allUids, folder.uidNext);
  const told = gone.filter(isKnown);
  if (told.length > 0) await session.say(vanished(toRanges(told), true));
  for (const change of await messages.flagsOf(folder.id, [...selected.allUids], modSeq))
    if (isKnown(change.uid))
      await session.say(flagsLine(selected.numberOf(change.uid), change, session.settings, { withUid: true, withModSeq: true }));
}

/** Where the tombstones are gone: all that is not there. */
function missing(uids: Uint32Array, uidNext: number): number[] {
  const gone: number[] = [];
  for (let uid = 1; uid < uidNext; uid++) if (uids[lowerBound(uids, uid)] !== uid) gone.push(uid);
  return gone;
}
