import os from 'node:os';
import path from 'node:path';
import { createRunFolder, removeRunFolder, sweepDeadRuns } from './run-folder.js';

/**
 * Gives the run a temporary folder of its own and takes it away afterwards, whatever became of the tests. What tests left in it
 * fails the run: on a machine that runs them often, leftovers fill the disk.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const parent = os.tmpdir();
  // Several projects in one run share the folder of the first, whose teardown comes last.
  if (path.basename(parent).startsWith('chapar-run-')) return undefined;
  await sweepDeadRuns(parent);
  const folder = createRunFolder(parent);
  process.env['TMPDIR'] = folder;
  // Compilers that tests start keep code here for the next time, which is nothing that a test left behind.
  process.env['NODE_COMPILE_CACHE'] ??= path.join(parent, 'node-compile-cache');
  return async () => {
    process.env['TMPDIR'] = parent;
    const left = await removeRunFolder(folder);
    if (left.length === 0) return;
    console.error(`\nTests left these behind in their temporary folder; remove them where they are made:\n  ${left.join('\n  ')}`);
    process.exitCode = 1;
  };
}
