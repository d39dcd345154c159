import type { Finding } from './finding.js';

const MARKS = { good: '✓', advice: '!', bad: '✗' } as const;

export function formatFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ area, verdict, found, remedy }) => [
    `${MARKS[verdict]} ${area.padEnd(14)}${found}`,
    ...(remedy === undefined ? [] : [`  ${''.padEnd(14)}→ ${remedy}`]),
  ]);
  const bad = findings.filter((finding) => finding.verdict === 'bad').length;
  const advice = findings.filter((finding) => finding.verdict === 'advice').length;
  const verdict = bad > 0 ? `${bad} to mend` : advice > 0 ? 'Nothing is broken' : 'All is well';
  return [...lines, '', `${verdict}${advice > 0 ? `, ${advice} worth a look` : ''}.`].join('\n');
}
