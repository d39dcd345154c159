import type { CommandOf, QResync } from './command.types.js';
import { type Cursor, isOpen } from './cursor.js';

/** `mailbox (CONDSTORE QRESYNC (…))` (RFC 7162 §3.1.8, §3.2.5). */
export function selectArguments(cursor: Cursor): Pick<CommandOf<'SELECT'>, 'mailbox' | 'isCondstore' | 'qresync'> {
  cursor.space();
  const mailbox = cursor.mailbox();
  let isCondstore = false;
  let resync: QResync | undefined;
  if (cursor.more())
    cursor.list(() => {
      const name = cursor.atom('a SELECT parameter').toUpperCase();
      if (name === 'CONDSTORE') isCondstore = true;
      else if (name === 'QRESYNC') {
        cursor.space();
        resync = qresync(cursor);
      } else cursor.fail(`There is no SELECT parameter ${name.slice(0, 30)}`);
    });
  return resync === undefined ? { mailbox, isCondstore } : { mailbox, isCondstore, qresync: resync };
}

/** `(uidvalidity modseq [known-uids] [(sequences uids)])` */
function qresync(cursor: Cursor): QResync {
  return cursor.within(() => {
    cursor.need('(');
    const uidValidity = cursor.number();
    cursor.space();
    const modSeq = cursor.modSeq();
    const found: { -readonly [K in keyof QResync]: QResync[K] } = { uidValidity, modSeq };
    if (cursor.more() && !isOpen(cursor)) {
      found.knownUids = cursor.set();
      cursor.more();
    }
    if (isOpen(cursor)) {
      cursor.need('(');
      const sequences = cursor.set();
      cursor.space();
      found.sequenceMatch = { sequences, uids: cursor.set() };
      cursor.need(')');
    }
    cursor.need(')');
    return found;
  });
}
