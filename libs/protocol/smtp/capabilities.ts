import type { SmtpReply } from './reply.js';

/** What a server offers in its answer to EHLO (RFC 5321 §4.1.1.1). */
export interface SmtpCapabilities {
  readonly pipelining: boolean;
  readonly chunking: boolean;
  readonly starttls: boolean;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  /** Largest message in bytes; 0 where it is not said or has no limit (RFC 1870). */
  readonly maxSizeBytes: number;
  readonly hasSize: boolean;
  /** Mechanisms of AUTH (RFC 4954), upper case. */
  readonly auth: readonly string[];
}

export const noCapabilities: SmtpCapabilities = {
  pipelining: false,
  chunking: false,
  starttls: false,
  eightBitMime: false,
  smtpUtf8: false,
  maxSizeBytes: 0,
  hasSize: false,
  auth: [],
};

export function parseCapabilities(reply: SmtpReply): SmtpCapabilities {
  const keywords = new Map<string, string>();
  for (const line of reply.text.split('\n').slice(1)) {
    // Microsoft's old servers write `AUTH=LOGIN` beside or instead of `AUTH LOGIN`.
    const [keyword, ...parameters] = line
      .trim()
      .replace(/^AUTH=/i, 'AUTH ')
      .split(/\s+/);
    if (keyword) keywords.set(keyword.toUpperCase(), [keywords.get(keyword.toUpperCase()), ...parameters].filter(Boolean).join(' '));
  }
  const size = Number(keywords.get('SIZE') ?? 0);
  return {
    pipelining: keywords.has('PIPELINING'),
    chunking: keywords.has('CHUNKING'),
    starttls: keywords.has('STARTTLS'),
    eightBitMime: keywords.has('8BITMIME'),
    smtpUtf8: keywords.has('SMTPUTF8'),
    maxSizeBytes: Number.isSafeInteger(size) && size > 0 ? size : 0,
    hasSize: keywords.has('SIZE'),
    auth: [...new Set((keywords.get('AUTH') ?? '').toUpperCase().split(' ').filter(Boolean))],
  };
}
