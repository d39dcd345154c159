import { parseAddressList } from './address-list.js';
import type { HeaderFields } from './header-fields.js';
import type { Envelope } from './structure.types.js';

/** RFC 9051 §7.5.2. A field that occurs twice counts once: the first time. */
export function envelopeOf(fields: HeaderFields): Envelope {
  const first = (name: string) => fields.get(name)?.[0];
  const from = parseAddressList(first('from'));
  const orFrom = (name: string) => {
    const addresses = parseAddressList(first(name));
    return addresses.length > 0 ? addresses : from;
  };
  return {
    date: first('date') ?? null,
    subject: first('subject') ?? null,
    from,
    sender: orFrom('sender'),
    replyTo: orFrom('reply-to'),
    to: parseAddressList(first('to')),
    cc: parseAddressList(first('cc')),
    bcc: parseAddressList(first('bcc')),
    inReplyTo: first('in-reply-to') ?? null,
    messageId: first('message-id') ?? null,
  };
}
