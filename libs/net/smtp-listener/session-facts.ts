import type { SMTPServerAddress, SMTPServerSession } from 'smtp-server';
import {
  type DsnEnvelopeParameters,
  type DsnRecipientParameters,
  quoteXtext,
  readEnvelopeParameters,
  readRecipientParameters,
} from '#protocol/dsn';
import type { SmtpDsnRequest, SmtpEnvelope, SmtpPeer } from './smtp-listener.types.js';

/** What is known of a connection. */
export function peerOf(session: SMTPServerSession): SmtpPeer {
  return {
    sessionId: session.id,
    remoteAddress: session.remoteAddress,
    helo: session.hostNameAppearsAs || 'unknown',
    isTls: session.secure,
  };
}

/** What was agreed before the message. */
export function envelopeOf(session: SMTPServerSession): SmtpEnvelope {
  const { mailFrom, rcptTo, smtpUtf8 } = session.envelope;
  return {
    ...peerOf(session),
    mailFrom: mailFrom ? mailFrom.address : '',
    recipients: rcptTo.map(({ address }) => address),
    isSmtpUtf8: smtpUtf8 ?? false,
    // smtp-server says false for nobody.
    ...(session.user && { user: session.user as unknown, dsn: dsnRequestOf(session) }),
  };
}

/** What was asked with MAIL and RCPT; undefined when nothing was. What is malformed was refused when it was said. */
function dsnRequestOf({ envelope }: SMTPServerSession): SmtpDsnRequest | undefined {
  const asked = envelope.rcptTo.flatMap((recipient) => {
    const parameters = recipientParameters(recipient);
    return Object.keys(parameters).length > 0 ? [[recipient.address, parameters] as const] : [];
  });
  const whole = envelope.mailFrom ? envelopeParameters(envelope.mailFrom) : {};
  if (Object.keys(whole).length === 0 && asked.length === 0) return undefined;
  return { ...whole, recipients: Object.fromEntries(asked) };
}

/** `RET` and `ENVID` of MAIL FROM. @throws DsnParameterError */
export function envelopeParameters({ args }: SMTPServerAddress): DsnEnvelopeParameters {
  const { RET: ret, ENVID: envid } = textsOf(args);
  return readEnvelopeParameters({ ...(ret !== undefined && { ret }), ...(envid !== undefined && { envid: asXtext(envid) }) });
}

/** `NOTIFY` and `ORCPT` of RCPT TO. @throws DsnParameterError */
export function recipientParameters({ args }: SMTPServerAddress): DsnRecipientParameters {
  const { NOTIFY: notify, ORCPT: orcpt } = textsOf(args);
  const [type = '', ...rest] = orcpt?.split(';') ?? [];
  return readRecipientParameters({
    ...(notify !== undefined && { notify }),
    ...(orcpt !== undefined && { orcpt: `${type};${asXtext(rest.join(';'))}` }),
  });
}

/** smtp-server has decoded it already, byte by byte. */
const asXtext = (decoded: string): string => quoteXtext(Buffer.from(decoded, 'latin1').toString('utf8'));

/** Those with a value, under their names in capitals. */
function textsOf(args: SMTPServerAddress['args']): Readonly<Record<string, string | undefined>> {
  const entries = Object.entries(args || {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name.toUpperCase(), value] as const] : [],
  );
  return Object.fromEntries(entries);
}
