import type { MessageTrace } from '#domain/sending';
import { table } from '../output.js';

/** The life of one message, line by line in the order of time. */
export function describeTrace(trace: MessageTrace): string {
  const { id, messageId, email, kind, campaign, state, queue, suppression } = trace;
  const head = table(
    [`message ${id}`, `to ${email}`],
    [
      ['Message-ID', messageId],
      ['kind', kind],
      ['campaign', campaign && `${campaign.name} (${campaign.status}) ${campaign.id}`],
      ['state', state],
      ...(queue ? [['waits for', describePlace(queue)]] : []),
      ...(suppression ? [['suppressed', `${suppression.address}: ${suppression.reason} ${suppression.detail}`]] : []),
    ],
  );
  const transcripts = trace.attempts.flatMap(({ number, transcript }) =>
    transcript === null ? [] : [`attempt ${number}\n${indent(transcript)}`],
  );
  return [head, table(['at (UTC)', 'what', ''], timeline(trace)), ...transcripts].join('\n\n');
}

function timeline({ acceptedAt, attempts, events, inbound }: MessageTrace): (readonly [Date, string, string])[] {
  const lines: (readonly [Date, string, string])[] = [
    [acceptedAt, 'queued', ''],
    ...attempts.map((attempt) => {
      const where = [
        attempt.mx,
        attempt.tls === null ? '' : attempt.tls.version ? `${attempt.tls.version} ${attempt.tls.group ?? ''}`.trim() : 'no TLS',
        attempt.durationMs === null ? '' : `${attempt.durationMs} ms`,
      ];
      const reply = attempt.via === 'dsn' ? `came back: ${attempt.reply}` : attempt.reply;
      return [attempt.at, `attempt ${attempt.number}: ${attempt.outcome}`, [reply, ...where].filter(Boolean).join(' · ')] as const;
    }),
    ...events.map((event) => [event.at, event.kind, `${event.actor}${event.link === null ? '' : `, link ${event.link}`}`] as const),
    ...inbound.map((mail) => [mail.receivedAt, `came in: ${mail.kind}`, `${mail.from} ${mail.subject}`.trim()] as const),
  ];
  return lines.sort(([a], [b]) => a.getTime() - b.getTime());
}

function describePlace(queue: NonNullable<MessageTrace['queue']>): string {
  const { attempt, site, dueAt, isLeased, heldBy, laneReason } = queue;
  const state = heldBy !== null ? `held by ${heldBy}` : isLeased ? 'a sender has it in hand' : `due ${dueAt.toISOString()}`;
  return [`attempt ${attempt} towards ${site}`, state, laneReason].filter(Boolean).join('; ');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')}`)
    .join('\n');
}
