import type { SortCriterion, SortField } from '#protocol/imap';
import type { OrderSummary } from './summary.js';

const values: Readonly<Record<SortField, (message: OrderSummary) => number | string>> = {
  arrival: ({ arrival }) => arrival,
  date: ({ sent }) => sent,
  size: ({ sizeBytes }) => sizeBytes,
  from: ({ from }) => from,
  to: ({ to }) => to,
  cc: ({ cc }) => cc,
  subject: ({ baseSubject }) => baseSubject,
  displayfrom: ({ displayFrom }) => displayFrom,
  displayto: ({ displayTo }) => displayTo,
};

/** Numbers in the order asked for; what is equal stays in the order of numbers, under REVERSE too (RFC 5256 §3). */
export function sortMessages(messages: readonly OrderSummary[], criteria: readonly SortCriterion[]): number[] {
  const keys = criteria.map(({ field, isReverse }) => ({ of: values[field], sign: isReverse ? -1 : 1 }));
  const sorted = [...messages].sort((left, right) => {
    for (const { of, sign } of keys) {
      const [a, b] = [of(left), of(right)];
      if (a !== b) return a < b ? -sign : sign;
    }
    return left.number - right.number;
  });
  return sorted.map(({ number }) => number);
}
