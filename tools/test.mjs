// The whole test run: `npm test`. `npm test -- NAME …` runs only the stages of those names; the rest of the line after
// `--` goes to vitest. Stages that only read come first and all of them run, so that one run tells everything.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { provideDebianPackages } from './debian-packages.mjs';
import { endWith, root, runtime, setUp } from './setup.mjs';

try {
  setUp();
} catch (error) {
  endWith(error);
}

const bin = (file, ...args) => [path.join(root, 'node_modules', file), ...args];
const vitest = (project) => bin('vitest/vitest.mjs', 'run', '--project', project);
const stages = {
  format: bin('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  lint: bin('eslint/bin/eslint.js', '.'),
  types: bin('typescript/bin/tsc', '--noEmit', '-p', '.'),
  layers: bin(
    'dependency-cruiser/bin/dependency-cruiser.mjs',
    '--config',
    '.dependency-cruiser.mjs',
    'apps',
    'libs',
    'migrations',
    'bench',
    'test',
  ),
  docs: [path.join(root, 'tools', 'generate-docs.mjs'), '--check'],
  unit: vitest('unit'),
  integration: vitest('integration'),
  e2e: vitest('e2e'),
};

const given = process.argv.slice(2);
const separator = given.indexOf('--');
const more = separator < 0 ? [] : given.slice(separator + 1);
const names = separator < 0 ? given : given.slice(0, separator);
const unknown = names.filter((name) => !(name in stages));
if (unknown.length > 0) {
  console.error(`There is no stage ${unknown.join(', ')}. The stages are: ${Object.keys(stages).join(', ')}.`);
  process.exit(2);
}

const chosen = names.length > 0 ? names : Object.keys(stages);
const missing = chosen.includes('integration') || chosen.includes('e2e') ? provideDebianPackages() : [];
const results = [];
for (const name of chosen) {
  console.log(`\n── ${name}`);
  const startedAt = Date.now();
  const { status } = spawnSync(runtime, [...stages[name], ...more], { cwd: root, stdio: 'inherit' });
  results.push({ name, isGood: status === 0, seconds: Math.round((Date.now() - startedAt) / 1000) });
}
console.log('');
for (const { name, isGood, seconds } of results) console.log(`${isGood ? '✓' : '✗'} ${name.padEnd(12)} ${seconds} s`);
for (const { name, suites } of missing) console.log(`– skipped: ${suites}, because ${name} is not installed here`);
process.exit(results.every(({ isGood }) => isGood) ? 0 : 1);
