import type { ImapCommand } from '#protocol/imap';
import { type Answer, ImapRefusal, ok } from './answers.js';
import { type AccountCommand, accountCommand } from './account-commands.js';
import { fetch } from './fetch-command.js';
import { folderCommand } from './folder-commands.js';
import type { ImapSession } from './imap-session.js';
import { type MessageCommand, messageCommand } from './message-commands.js';
import { search } from './search-command.js';
import { select } from './select-command.js';
import { sort, thread } from './sort-command.js';

const anytime = new Set(['CAPABILITY', 'NOOP', 'LOGOUT', 'ID']);
const beforeSignIn = new Set(['STARTTLS', 'AUTHENTICATE', 'LOGIN']);
const inFolder = new Set(['CHECK', 'CLOSE', 'UNSELECT', 'EXPUNGE', 'FETCH', 'STORE', 'COPY', 'MOVE', 'SEARCH', 'SORT', 'THREAD']);

// A name that the grammar shares among several commands does not narrow: hence the two casts.
/** Runs a command in the state it is allowed in. @returns 'later': it is answered after the client has said more @throws ImapRefusal */
export async function runCommand(session: ImapSession, command: ImapCommand): Promise<Answer | 'later'> {
  const { name } = command;
  if (!anytime.has(name)) {
    if (beforeSignIn.has(name) === (session.account !== undefined))
      throw new ImapRefusal(session.account ? 'You are signed in already' : 'Sign in first', undefined, 'BAD');
    if (inFolder.has(name) && !session.selected) throw new ImapRefusal('Select a mailbox first', undefined, 'BAD');
  }
  switch (name) {
    case 'CAPABILITY':
    case 'ID':
    case 'LOGOUT':
    case 'STARTTLS':
    case 'AUTHENTICATE':
    case 'LOGIN':
    case 'ENABLE':
    case 'NAMESPACE':
    case 'GETQUOTA':
    case 'GETQUOTAROOT':
    case 'SETQUOTA':
      return accountCommand(session, command as AccountCommand);
    case 'NOOP':
    case 'CHECK':
      await session.tellChanges(true);
      return ok('Done');
    case 'IDLE':
      await session.tellChanges(true);
      await session.say(Buffer.from('+ idling\r\n'));
      session.beginIdle(command.tag);
      return 'later';
    case 'SELECT':
    case 'EXAMINE':
      return select(session, command);
    case 'UNSELECT':
      session.leaveFolder();
      return ok('Unselected');
    case 'CREATE':
    case 'DELETE':
    case 'RENAME':
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
    case 'LIST':
    case 'LSUB':
    case 'XLIST':
    case 'STATUS':
      return folderCommand(session, command);
    case 'FETCH':
      return fetch(session, command);
    case 'STORE':
    case 'COPY':
    case 'MOVE':
    case 'EXPUNGE':
    case 'CLOSE':
      return messageCommand(session, command as MessageCommand);
    case 'SEARCH':
      return search(session, command);
    case 'SORT':
      return sort(session, command);
    case 'THREAD':
      return thread(session, command);
    default:
      throw new ImapRefusal(`${name} is not offered here`, undefined, 'BAD');
  }
}
