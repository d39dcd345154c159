import type { InboundReading } from '#protocol/dsn';

/** What is kept of a reading, in `detail` and with events. */
export function describeReading(reading: InboundReading): object {
  const {
    recipient,
    permanent,
    enhancedCode,
    smtpCode,
    reason,
    explanation,
    reportingMta,
    remoteMta,
    feedbackType,
    cause,
    wantsOut,
    words,
  } = reading;
  return clean({
    recipient,
    permanent,
    class: reading.class,
    enhancedCode,
    smtpCode,
    reason,
    explanation,
    reportingMta,
    remoteMta,
    feedbackType,
    cause,
    wantsOut,
    words,
  });
}

function clean(values: Record<string, unknown>): object {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept.map(([key, value]) => [key, typeof value === 'string' ? storable(value, 1_000) : value]));
}

/** PostgreSQL keeps no NUL and no half of a character. */
export function storable(text: string, length: number): string {
  return text.replaceAll('\u0000', '').slice(0, length).toWellFormed();
}
