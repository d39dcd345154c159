// The whole test run: `npm test`. Each step's output is shown; the exit code tells.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { endWith, root, runtime, setUp } from './setup.mjs';

try {
  setUp();
} catch (error) {
  endWith(error);
}

const bin = (file) => [runtime, path.join(root, 'node_modules', file)];
const steps = [
  ['types', ...bin('typescript/bin/tsc'), '--noEmit', '-p', '.'],
  ['unit and integration', ...bin('vitest/vitest.mjs'), 'run', '--project', 'unit', '--project', 'integration'],
];

let failed = 0;
for (const [name, program, ...args] of steps) {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed++;
  console.log(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'}`);
}
process.exit(failed === 0 ? 0 : 1);
