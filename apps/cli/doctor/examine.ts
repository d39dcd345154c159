import { ChaparError, messageOf } from '#base/kernel';
import { type Config, processConfig } from '#platform/config';
import { findLockHolder } from '#platform/database';
import { describeError } from '../program-error.js';
import { checkPorts } from '../start/check-ports.js';
import { portsOf, roleNames } from '../start/roles.js';
import { examineDatabase } from './examine-database.js';
import { examineDns } from './examine-dns.js';
import { examineFiles } from './examine-files.js';
import { examineScanners } from './examine-scanners.js';
import type { Finding } from './finding.js';

/** Looks at everything the installation stands on. Changes nothing. */
export async function examine(): Promise<Finding[]> {
  const config = readConfig();
  if ('verdict' in config) return [config];
  const isRunning = findLockHolder(config.dataDir)?.purpose === 'start';
  return [
    { area: 'Configuration', verdict: 'good', found: 'Every setting can be used.' },
    ...examineFiles(config),
    isRunning ? { area: 'Ports', verdict: 'good', found: 'Chapar is running and has its ports.' } : await examinePorts(config),
    ...(await examineDatabase(config)),
    ...(await examineDns(config)),
    ...(await examineScanners(config)),
  ];
}

function readConfig(): Config | Finding {
  try {
    return processConfig();
  } catch (error) {
    return {
      area: 'Configuration',
      verdict: 'bad',
      found: messageOf(error),
      remedy: 'Correct these settings; docs/generated/configuration.md describes them all.',
    };
  }
}

async function examinePorts(config: Config): Promise<Finding> {
  try {
    await checkPorts(roleNames.flatMap((role) => portsOf(role, config)));
    return { area: 'Ports', verdict: 'good', found: 'All are free.' };
  } catch (error) {
    const [found, ...rest] = describeError(error).split('\nEnd the other program');
    return {
      area: 'Ports',
      verdict: 'bad',
      found: found!,
      remedy: error instanceof ChaparError ? `End the other program${rest.join('')}` : 'Look at the message above.',
    };
  }
}
