import type { ThreadAlgorithm, ThreadNode } from '#protocol/imap';
import type { OrderSummary } from './summary.js';
import { threadByReferences } from './thread-references.js';

export function threadMessages(messages: readonly OrderSummary[], algorithm: ThreadAlgorithm): ThreadNode[] {
  return algorithm === 'REFERENCES' ? threadByReferences(messages) : threadBySubject(messages);
}

/** RFC 5256 §3 ORDEREDSUBJECT: messages of a base subject hang below the oldest of them, threads by the date of their first. */
function threadBySubject(messages: readonly OrderSummary[]): ThreadNode[] {
  const groups = new Map<string, OrderSummary[]>();
  const byDate = [...messages].sort((left, right) => left.sent - right.sent || left.number - right.number);
  for (const message of byDate) {
    const group = groups.get(message.baseSubject);
    if (group === undefined) groups.set(message.baseSubject, [message]);
    else group.push(message);
  }
  return [...groups.values()].map(([first, ...rest]) => ({
    number: first!.number,
    children: rest.map(({ number }) => ({ number, children: [] })),
  }));
}
