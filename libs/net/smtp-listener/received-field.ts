import { isIPv6 } from 'node:net';
import type { SmtpEnvelope } from './smtp-listener.types.js';

/**
 * Our Received field (RFC 5321 §4.4). Of a person who signed in it tells nobody where they sit. `for` only where there is one recipient: the others are nobody's business.
 */
export function receivedField(envelope: SmtpEnvelope, hostname: string, at: Date): string {
  const literal = isIPv6(envelope.remoteAddress) ? `[IPv6:${envelope.remoteAddress}]` : `[${envelope.remoteAddress}]`;
  const isSignedIn = envelope.user !== undefined;
  const protocol = `${envelope.isSmtpUtf8 ? 'UTF8' : ''}ESMTP${envelope.isTls ? 'S' : ''}${isSignedIn ? 'A' : ''}`; // RFC 3848, RFC 6531 §4.3
  if (isSignedIn) return `Received: by ${hostname} with ${protocol} id ${envelope.sessionId};\r\n\t${formatDate(at)}\r\n`;
  const recipient = envelope.recipients.length === 1 ? `\r\n\tfor <${envelope.recipients[0]!}>` : '';
  return `Received: from ${envelope.helo} (${literal})\r\n\tby ${hostname} with ${protocol} id ${envelope.sessionId}${recipient};\r\n\t${formatDate(at)}\r\n`;
}

/** RFC 5322 §3.3, in UTC. */
function formatDate(at: Date): string {
  return at.toUTCString().replace(/GMT$/, '+0000');
}
