import type { CommandOf, NotifyEvent, NotifyGroup, NotifyMailboxes } from './command.types.js';
import { type Cursor, isOpen } from './cursor.js';
import { fetchItem } from './parse-fetch.js';

const simpleEvents = [
  'MessageExpunge',
  'FlagChange',
  'AnnotationChange',
  'MailboxName',
  'SubscriptionChange',
  'MailboxMetadataChange',
  'ServerMetadataChange',
] as const;
const messageEvents: readonly string[] = ['MessageNew', 'MessageExpunge', 'FlagChange', 'AnnotationChange'];

/** RFC 5465 §3 */
export function notifyArguments(cursor: Cursor): Omit<CommandOf<'NOTIFY'>, 'tag'> {
  cursor.space();
  const verb = cursor.atom('SET or NONE').toUpperCase();
  if (verb === 'NONE') return { name: 'NOTIFY', isStatusWanted: false };
  if (verb !== 'SET') cursor.fail('NOTIFY takes SET or NONE');
  cursor.space();
  let isStatusWanted = false;
  if (!isOpen(cursor)) {
    isStatusWanted = cursor.atom('STATUS').toUpperCase() === 'STATUS' || cursor.fail('Expected STATUS or an event group');
    cursor.space();
  }
  const groups = [group(cursor)];
  while (cursor.more()) groups.push(group(cursor));
  const selected = groups.filter(({ mailboxes }) => mailboxes.kind.startsWith('selected'));
  if (selected.length > 1) cursor.fail('The selected mailbox can be named once');
  return { name: 'NOTIFY', isStatusWanted, groups };
}

function group(cursor: Cursor): NotifyGroup {
  return cursor.within(() => {
    cursor.need('(');
    const mailboxes = mailboxFilter(cursor);
    cursor.space();
    const events = isOpen(cursor) ? cursor.list(() => notifyEvent(cursor, mailboxes)) : noEvents(cursor);
    cursor.need(')');
    check(events, mailboxes, cursor);
    return { mailboxes, events };
  });
}

function noEvents(cursor: Cursor): NotifyEvent[] {
  return cursor.atom('NONE').toUpperCase() === 'NONE' ? [] : cursor.fail('Expected events or NONE');
}

function mailboxFilter(cursor: Cursor): NotifyMailboxes {
  const kind = cursor.atom('a mailbox filter').toLowerCase();
  switch (kind) {
    case 'selected':
    case 'selected-delayed':
    case 'inboxes':
    case 'personal':
    case 'subscribed':
      return { kind };
    case 'subtree':
    case 'mailboxes':
      cursor.space();
      return { kind, names: isOpen(cursor) ? cursor.list(() => cursor.mailbox()) : [cursor.mailbox()] };
    default:
      return cursor.fail(`There is no mailbox filter ${kind.slice(0, 30)}`);
  }
}

function notifyEvent(cursor: Cursor, mailboxes: NotifyMailboxes): NotifyEvent {
  const name = cursor.atom('an event').toLowerCase();
  if (name === 'messagenew') {
    const hasItems = cursor.is(' ') && cursor.bytes[cursor.at + 1] === 0x28;
    if (!hasItems) return { event: 'MessageNew', items: [] };
    cursor.space();
    if (!mailboxes.kind.startsWith('selected')) cursor.fail('Only the selected mailbox has FETCH items in MessageNew');
    return { event: 'MessageNew', items: cursor.list(() => fetchItem(cursor)) };
  }
  const event = simpleEvents.find((known) => known.toLowerCase() === name);
  return event === undefined ? cursor.fail(`There is no event ${name.slice(0, 30)}`) : { event };
}

/** RFC 5465 §5: MessageNew and MessageExpunge come together, flag changes with them, and `selected` knows messages alone. */
function check(events: readonly NotifyEvent[], mailboxes: NotifyMailboxes, cursor: Cursor): void {
  const names = new Set<string>(events.map(({ event }) => event));
  if (names.has('MessageNew') !== names.has('MessageExpunge')) cursor.fail('MessageNew and MessageExpunge go together');
  if ((names.has('FlagChange') || names.has('AnnotationChange')) && !names.has('MessageNew'))
    cursor.fail('FlagChange needs MessageNew and MessageExpunge');
  if (mailboxes.kind.startsWith('selected') && [...names].some((name) => !messageEvents.includes(name)))
    cursor.fail('The selected mailbox has message events alone');
}
