import { messageOf } from '#base/kernel';
import { type ScannerAddress, parseScannerAddress, scanWithClamav, scanWithRspamd, scanWithSpamd } from '#net/mail-scanners';
import type { Config } from '#platform/config';
import type { Finding } from './finding.js';

const area = 'Scanners';
const LETTER = Buffer.from('From: doctor@localhost\r\nTo: doctor@localhost\r\nSubject: Doctor\r\n\r\nIs anybody there?\r\n');
const TIMEOUT_MS = 10_000;

/** Whether the scanners that are configured answer: while one does not, incoming mail waits. */
export async function examineScanners(config: Config): Promise<Finding[]> {
  const scanners: readonly (readonly [
    name: string,
    env: string,
    address: string | undefined,
    ask: (address: ScannerAddress) => Promise<unknown>,
  ])[] = [
    ['ClamAV', 'CHAPAR_CLAMAV', config.clamav, (address) => scanWithClamav(address, LETTER, TIMEOUT_MS)],
    ['Rspamd', 'CHAPAR_RSPAMD', config.rspamd, (address) => scanWithRspamd(address, LETTER, { mailFrom: '', recipient: '' }, TIMEOUT_MS)],
    ['SpamAssassin', 'CHAPAR_SPAMD', config.spamd, (address) => scanWithSpamd(address, LETTER, TIMEOUT_MS)],
  ];
  const findings = await Promise.all(
    scanners.flatMap(([name, env, address, ask]) => (address === undefined ? [] : [examineOne(name, env, address, ask)])),
  );
  if (findings.length > 0 || config.spam === 'off') return findings;
  return [
    {
      area,
      verdict: 'advice',
      found: 'No virus scanner is configured: incoming mail is judged by what it looks like alone.',
      remedy: 'Run ClamAV’s clamd and set CHAPAR_CLAMAV (docs/guides/spam-and-viruses.md).',
    },
  ];
}

async function examineOne(
  name: string,
  env: string,
  address: string,
  ask: (address: ScannerAddress) => Promise<unknown>,
): Promise<Finding> {
  try {
    await ask(parseScannerAddress(address));
    return { area, verdict: 'good', found: `${name} answers at ${address}.` };
  } catch (error) {
    return {
      area,
      verdict: 'bad',
      found: messageOf(error),
      remedy: `Start it, or correct ${env}. Until then incoming mail waits, or passes unscanned, as CHAPAR_SCANNER_FAILURE says.`,
    };
  }
}
