import { isIPv6 } from 'node:net';
import type { SmtpEnvelope } from './smtp-listener.types.js';

/** Our Received field (RFC 5321 §4.4). `for` only where there is one recipient: the others are nobody's business. */
export function receivedField(envelope: SmtpEnvelope, hostname: string, at: Date): string {
  const literal = isIPv6(envelope.remoteAddress) ? `[IPv6:${envelope.remoteAddress}]` : `[${envelope.remoteAddress}]`;
  const protocol = `${envelope.isSmtpUtf8 ? 'UTF8' : ''}${envelope.isTls ? 'ESMTPS' : 'ESMTP'}`; // RFC 3848, RFC 6531 §4.3
  const recipient = envelope.recipients.length === 1 ? `\r\n\tfor <${envelope.recipients[0]!}>` : '';
  return `Received: from ${envelope.helo} (${literal})\r\n\tby ${hostname} with ${protocol} id ${envelope.sessionId}${recipient};\r\n\t${formatDate(at)}\r\n`;
}

/** RFC 5322 §3.3, in UTC. */
function formatDate(at: Date): string {
  return at.toUTCString().replace(/GMT$/, '+0000');
}
