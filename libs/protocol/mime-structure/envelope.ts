import { parseAddressList } from './address-list.js';
import type { HeaderFields } from './header-fields.js';
import type { Envelope } from './structure.types.js';

/** RFC 9051 §7.5.2. Of a text that occurs twice the first counts; addresses of all fields of a name are one list. */
export function envelopeOf(fields: HeaderFields): Envelope {
  const first = (name: string) => fields.get(name)?.[0];
  const addresses = (name: string) => (fields.get(name) ?? []).flatMap(parseAddressList);
  const from = addresses('from');
  const orFrom = (name: string) => {
    const found = addresses(name);
    return found.length > 0 ? found : from;
  };
  return {
    date: first('date') ?? null,
    // Clients show it as it is: what folding left in it goes.
    subject: first('subject')?.replace(/[ \t]+/g, ' ') ?? null,
    from,
    sender: orFrom('sender'),
    replyTo: orFrom('reply-to'),
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    inReplyTo: first('in-reply-to') ?? null,
    messageId: first('message-id') ?? null,
  };
}
