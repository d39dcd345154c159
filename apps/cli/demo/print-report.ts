import type { CampaignReport, LedgerAudit } from '#domain/campaigns';

const number = new Intl.NumberFormat('en');
const percent = (part: number, whole: number) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '–');

/** The report of a campaign for a terminal. */
export function formatReport(name: string, report: CampaignReport, audit: LedgerAudit): string {
  const rows: [string, number, string?][] = [
    ['Recipients', report.recipients],
    ['Accepted', report.accepted, percent(report.accepted, report.recipients)],
    ['Delivered', report.delivered, `${percent(report.delivered, report.recipients)}  (accepted and not returned later)`],
    ['Deferred', report.deferred, 'put off at least once, whatever became of them'],
    [
      'Bounced',
      report.bounced.total,
      `${percent(report.bounced.total, report.recipients)}  (${number.format(report.bounced.late)} of them later, by a returned report)`,
    ],
    ...Object.entries(report.bounced.byClass)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]): [string, number] => [`  ${name}`, count]),
    ['Failed', report.failed],
    ['Unknown', report.unknown],
    ['Cancelled', report.cancelled],
    ['Complained', report.complained, percent(report.complained, report.delivered)],
    ['Unsubscribed', report.unsubscribed, percent(report.unsubscribed, report.delivered)],
    ['Replied', report.replied, `and ${number.format(report.autoReplied)} automatic replies`],
  ];
  const actors = (['opens', 'clicks'] as const).flatMap((what) =>
    (['human', 'machine'] as const).map((actor): string[] => [
      `${what === 'opens' ? 'Opens' : 'Clicks'} by ${actor === 'human' ? 'people' : 'machines'}`,
      number.format(report[what][actor].unique),
      number.format(report[what][actor].total),
      percent(report[what][actor].unique, report.delivered),
    ]),
  );
  return [
    '',
    `  ${name}`,
    `  ${'─'.repeat(64)}`,
    ...rows.map(([title, value, note]) => `  ${title.padEnd(22)}${number.format(value).padStart(10)}   ${note ?? ''}`.trimEnd()),
    '',
    `  ${''.padEnd(22)}${'recipients'.padStart(10)}${'times'.padStart(10)}${'of delivered'.padStart(14)}`,
    ...actors.map(
      ([title, unique, total, share]) => `  ${title!.padEnd(22)}${unique!.padStart(10)}${total!.padStart(10)}${share!.padStart(14)}`,
    ),
    '',
    `  By provider           ${Object.entries(report.acceptedByProvider)
      .sort(([, a], [, b]) => b - a)
      .map(([provider, count]) => `${provider === 'default' ? 'others' : provider} ${number.format(count)}`)
      .join(' · ')}`,
    `  Throughput            ${report.throughputPerSecond.toFixed(1)} final outcomes a second, from "send" to the last one (put-off mail waits its turn)`,
    `  ${'─'.repeat(64)}`,
    accounting(audit),
    '',
  ].join('\n');
}

function accounting(audit: LedgerAudit): string {
  const states = Object.entries(audit.byState)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${number.format(count)} ${state}`)
    .join(' + ');
  if (audit.isComplete) return `  ✓ Every recipient is accounted for exactly once: ${number.format(audit.recipients)} = ${states}`;
  return ['  ✗ Not every recipient is accounted for:', ...audit.differences.map((difference) => `    - ${difference}`)].join('\n');
}
