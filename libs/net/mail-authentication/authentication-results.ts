import type { ReceptionSignals } from '#base/contracts';

/**
 * The field that tells mail programs what was found (RFC 8601), folded, with CRLF at its end.
 * @param authservId the name that it is said under: our own host name
 */
export function authenticationResultsField(signals: ReceptionSignals, authservId: string): string {
  const { spf, dkim, dmarc, arc, remoteAddress } = signals;
  const results = [
    ...dkim.map(({ result, domain, selector }) => `dkim=${result} header.d=${token(domain)} header.s=${token(selector)}`),
    `spf=${spf.result} smtp.${spf.domain === signals.helo.toLowerCase() ? 'helo' : 'mailfrom'}=${token(spf.domain)} smtp.remote-ip=${quoted(remoteAddress)}`,
    ...(arc.result === 'none' ? [] : [`arc=${arc.result}`]),
    `dmarc=${dmarc.result}${dmarc.policy ? ` (p=${dmarc.policy})` : ''} header.from=${token(dmarc.domain)}`,
  ];
  return `Authentication-Results: ${authservId};\r\n\t${results.join(';\r\n\t')}\r\n`;
}

/** Fields that claim to be ours but came with the message (RFC 8601 §5); who signs with our name was never us. */
export function isForgedResults(fieldName: string, value: string, authservId: string): boolean {
  if (fieldName.toLowerCase() !== 'authentication-results') return false;
  const said = value
    .replace(/\([^()]*\)/g, ' ')
    .trim()
    .split(/[\s;]/, 1)[0]!
    .replace(/^"|"$/g, '');
  return said.toLowerCase().replace(/\.$/, '') === authservId.toLowerCase();
}

function token(text: string): string {
  return text === '' ? '""' : /^[\w.@-]+$/.test(text) ? text : quoted(text);
}

function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '')}"`;
}
