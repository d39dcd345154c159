import type { MailFolder } from '#domain/mailstore';
import {
  type CommandOf,
  DELIMITER,
  type ListSelection,
  type StatusItem,
  type StatusValues,
  couldMatchBelow,
  listLine,
  matchesPattern,
  statusResponse,
} from '#protocol/imap';
import { type Answer, ImapRefusal, ok } from './answers.js';
import type { ImapSession } from './imap-session.js';

type FolderCommand = CommandOf<'CREATE' | 'DELETE' | 'RENAME' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'LIST' | 'LSUB' | 'XLIST' | 'STATUS'>;

/** A name in the list: a folder, a level above one, or a name that is only subscribed. */
interface Listed {
  readonly name: string;
  readonly folder: MailFolder | undefined;
}

/** Commands about mailboxes as a whole. */
export async function folderCommand(session: ImapSession, command: FolderCommand): Promise<Answer> {
  const { folders, messages } = session.services;
  const { accountId } = session.account!;
  switch (command.name) {
    case 'CREATE':
      if (command.mailbox.toUpperCase() === 'INBOX') throw new ImapRefusal('INBOX is there already', 'ALREADYEXISTS');
      return ok('Created', { code: 'MAILBOXID', id: `F${(await folders.create(accountId, command.mailbox)).id}` });
    case 'DELETE':
      if (session.selected?.folder.name === command.mailbox) session.leaveFolder();
      await folders.remove(accountId, command.mailbox);
      return ok('Deleted');
    case 'RENAME': {
      if (command.from !== 'INBOX') {
        await folders.rename(accountId, command.from, command.to);
        return ok('Renamed');
      }
      const [inbox, target] = [await folders.find(accountId, 'INBOX'), await folders.create(accountId, command.to)];
      const { uids } = await messages.view(inbox!.id);
      await messages.move(inbox!.id, target.id, [...uids]);
      return ok('What was in INBOX is there now');
    }
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
      await folders.subscribe(accountId, command.mailbox, command.name === 'SUBSCRIBE');
      return ok('Done');
    case 'LIST':
      return list(session, command);
    case 'LSUB':
    case 'XLIST':
      return listOld(session, command);
    case 'STATUS': {
      const folder = await folders.find(accountId, command.mailbox);
      if (!folder) throw new ImapRefusal('There is no such mailbox', 'NONEXISTENT');
      await session.say(statusResponse(folder.name, await statusOf(session, folder, command.items), session.settings));
      return ok('Done');
    }
    default:
      return command satisfies never;
  }
}

async function list(session: ImapSession, { reference, patterns, isExtended, select, returns }: CommandOf<'LIST'>): Promise<Answer> {
  const { settings } = session;
  // An empty pattern asks for the delimiter.
  if (!isExtended && patterns.length === 1 && patterns[0] === '') {
    await session.say(listLine('LIST', { name: '', attributes: ['\\Noselect'] }, settings));
    return ok('Done');
  }
  const all = await listed(session);
  const wanted = patterns.map((pattern) => `${reference}${pattern}`);
  const subscribed = await session.services.folders.subscriptions(session.account!.accountId);
  for (const entry of candidates(all, subscribed, select)) {
    if (!wanted.some((pattern) => matchesPattern(pattern, entry.name))) continue;
    const isMatch = matchesSelection(entry, subscribed, select);
    const childInfo = select.recursiveMatch && hasSelectedChild(entry, all, subscribed, select) ? ['SUBSCRIBED'] : undefined;
    if (!isMatch && childInfo === undefined) continue;
    const attributes = attributesOf(entry, all);
    if ((returns.subscribed || select.subscribed) && subscribed.has(entry.name)) attributes.push('\\Subscribed');
    await session.say(listLine('LIST', { name: entry.name, attributes, ...(childInfo && { childInfo }) }, settings));
    if (returns.status && entry.folder)
      await session.say(statusResponse(entry.name, await statusOf(session, entry.folder, returns.status), settings));
  }
  return ok('Done');
}

async function listOld(session: ImapSession, { name: verb, reference, pattern }: CommandOf<'LSUB' | 'XLIST'>): Promise<Answer> {
  const all = await listed(session);
  const wanted = `${reference}${pattern}`;
  const subscribed = await session.services.folders.subscriptions(session.account!.accountId);
  const select = { subscribed: verb === 'LSUB', remote: false, recursiveMatch: false, specialUse: false };
  for (const entry of candidates(all, subscribed, select)) {
    const isIn = verb === 'XLIST' || subscribed.has(entry.name);
    if (isIn && matchesPattern(wanted, entry.name)) {
      const attributes =
        verb === 'LSUB' && !entry.folder ? ['\\Noselect'] : attributesOf(entry, all).filter((one) => one !== '\\NonExistent');
      await session.say(listLine(verb, { name: entry.name, attributes }, session.settings));
      continue;
    }
    // RFC 3501 §6.3.9: a level above a subscribed name stands for it where `%` stops there.
    const isAbove =
      verb === 'LSUB' && matchesPattern(wanted, entry.name) && [...subscribed].some((one) => one.startsWith(`${entry.name}${DELIMITER}`));
    if (isAbove && couldMatchBelow(`${wanted}*`, entry.name))
      await session.say(listLine(verb, { name: entry.name, attributes: ['\\Noselect'] }, session.settings));
  }
  return ok('Done');
}

/** Folders, and the levels above them that are none, in the order of their names with INBOX first. */
async function listed(session: ImapSession): Promise<Listed[]> {
  const folders = await session.services.folders.list(session.account!.accountId);
  const byName = new Map<string, Listed>(folders.map((folder) => [folder.name, { name: folder.name, folder }]));
  for (const { name } of folders) {
    const levels = name.split(DELIMITER);
    for (let n = 1; n < levels.length; n++) {
      const above = levels.slice(0, n).join(DELIMITER);
      if (!byName.has(above)) byName.set(above, { name: above, folder: undefined });
    }
  }
  return [...byName.values()].sort((a, b) => Number(b.name === 'INBOX') - Number(a.name === 'INBOX') || (a.name < b.name ? -1 : 1));
}

/** Where subscriptions are asked for, names that are nothing but subscribed belong to it. */
function candidates(all: readonly Listed[], subscribed: ReadonlySet<string>, select: ListSelection): Listed[] {
  if (!select.subscribed) return [...all];
  const known = new Set(all.map(({ name }) => name));
  return [...all, ...[...subscribed].filter((name) => !known.has(name)).map((name) => ({ name, folder: undefined }))];
}

function matchesSelection({ name, folder }: Listed, subscribed: ReadonlySet<string>, select: ListSelection): boolean {
  return (!select.subscribed || subscribed.has(name)) && (!select.specialUse || (folder?.specialUse ?? null) !== null);
}

function hasSelectedChild({ name }: Listed, all: readonly Listed[], subscribed: ReadonlySet<string>, select: ListSelection): boolean {
  const below = `${name}${DELIMITER}`;
  if (select.subscribed && [...subscribed].some((one) => one.startsWith(below))) return true;
  return (
    !select.subscribed && select.specialUse && all.some((one) => one.name.startsWith(below) && matchesSelection(one, subscribed, select))
  );
}

function attributesOf({ name, folder }: Listed, all: readonly Listed[]): string[] {
  const hasChildren = all.some((one) => one.name.startsWith(`${name}${DELIMITER}`));
  const isThere = folder ? [] : all.some((one) => one.name === name) ? ['\\Noselect'] : ['\\NonExistent'];
  return [...isThere, hasChildren ? '\\HasChildren' : '\\HasNoChildren', ...(folder?.specialUse ? [folder.specialUse] : [])];
}

async function statusOf(session: ImapSession, folder: MailFolder, items: readonly StatusItem[]): Promise<StatusValues> {
  const asks = (item: StatusItem) => items.includes(item);
  const counts =
    asks('UNSEEN') || asks('DELETED') || asks('DELETED-STORAGE') ? await session.services.folders.counts(folder.id) : undefined;
  if (asks('HIGHESTMODSEQ')) session.enabled.condstore = true;
  const values: StatusValues = {};
  for (const item of items) values[item] = valueOf(item);
  return values;

  function valueOf(item: StatusItem): number | bigint | string | null {
    switch (item) {
      case 'MESSAGES':
        return folder.messages;
      case 'RECENT':
        return 0;
      case 'UIDNEXT':
        return folder.uidNext;
      case 'UIDVALIDITY':
        return folder.uidValidity;
      case 'UNSEEN':
        return counts!.unseen;
      case 'DELETED':
        return counts!.deleted;
      case 'DELETED-STORAGE':
        return counts!.deletedBytes;
      case 'SIZE':
        return folder.bytes;
      case 'HIGHESTMODSEQ':
        return folder.modSeq;
      case 'APPENDLIMIT':
        return session.services.appendLimit;
      case 'MAILBOXID':
        return `F${folder.id}`;
      default:
        return item satisfies never;
    }
  }
}
