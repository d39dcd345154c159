import type { SMTPServerSession } from 'smtp-server';
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

/** What was asked with MAIL and RCPT; undefined when nothing was. */
function dsnRequestOf({ envelope }: SMTPServerSession): SmtpDsnRequest | undefined {
  const { ret, envid } = envelope.dsn ?? {};
  const asked = envelope.rcptTo.flatMap(({ address, dsn }) => {
    if (!dsn?.notify && !dsn?.orcpt) return [];
    return [[address, { ...(dsn.notify && { notify: dsn.notify }), ...(dsn.orcpt && { originalRecipient: dsn.orcpt }) }] as const];
  });
  if (!ret && !envid && asked.length === 0) return undefined;
  return {
    ...(envid && { envelopeId: envid }),
    ...(ret && { returns: ret === 'FULL' ? ('full' as const) : ('headers' as const) }),
    recipients: Object.fromEntries(asked),
  };
}
