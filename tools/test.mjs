// The whole test run: `npm test`. `npm test -- lint unit` runs only those stages; what follows their names says what of
// them: `npm test -- lint unit libs/base`, `npm test -- unit -t address`. Stages that only read come first; a stage that
// fails stops no other, so that one run tells everything.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { provideDebianPackages } from './debian-packages.mjs';
import { endWith, root, runtime, setUp } from './setup.mjs';

const bin = (file, ...args) => [path.join(root, 'node_modules', file), ...args];
const vitest = (project, args) => bin('vitest/vitest.mjs', 'run', '--project', project, ...args);
const pathsIn = (args) => (args.some((arg) => existsSync(arg)) ? args.filter((arg) => existsSync(arg)) : ['.']);

/** What each stage runs. */
const stages = {
  format: (args) => bin('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', ...pathsIn(args)),
  lint: (args) => bin('eslint/bin/eslint.js', ...pathsIn(args)),
  types: () => bin('typescript/bin/tsc', '--noEmit', '-p', '.'),
  // The web app runs in browsers: other libraries, other rules of modules.
  'web-types': () => bin('typescript/bin/tsc', '--noEmit', '-p', 'apps/web'),
  layers: () => [
    ...bin('dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.mjs'),
    ...['apps', 'libs', 'migrations', 'bench', 'test'],
  ],
  docs: () => [path.join(root, 'tools', 'generate-docs.mjs'), '--check'],
  unit: (args) => vitest('unit', args),
  integration: (args) => vitest('integration', args),
  e2e: (args) => vitest('e2e', args),
};

const { chosen, args } = parse(process.argv.slice(2));
try {
  setUp();
} catch (error) {
  endWith(error);
}
const missing = chosen.includes('integration') || chosen.includes('e2e') ? provideDebianPackages() : [];
const results = chosen.map((name) => run(name));
summarise(results);
process.exit(results.every(({ isGood }) => isGood) ? 0 : 1);

function parse(given) {
  const end = given.findIndex((name) => !Object.hasOwn(stages, name));
  const names = end < 0 ? given : given.slice(0, end);
  const args = end < 0 ? [] : given.slice(given[end] === '--' ? end + 1 : end);
  if (names.length === 0 && args.length > 0) {
    console.error(`There is no stage ${args[0]}. The stages are: ${Object.keys(stages).join(', ')}.`);
    process.exit(2);
  }
  return { chosen: names.length > 0 ? names : Object.keys(stages), args };
}

function run(name) {
  console.log(`\n── ${name}`);
  const startedAt = Date.now();
  const { status, signal } = spawnSync(runtime, stages[name](args), { cwd: root, stdio: 'inherit' });
  if (signal) console.log(`ended by ${signal}`);
  return { name, isGood: status === 0, seconds: (Date.now() - startedAt) / 1000 };
}

function summarise(results) {
  console.log('');
  for (const { name, isGood, seconds } of results) console.log(`${isGood ? '✓' : '✗'} ${name.padEnd(12)} ${seconds.toFixed(0)} s`);
  for (const { name, suites, why } of missing) console.log(`– skipped: ${suites}, because ${why ?? `${name} is not installed here`}`);
  const failed = results.filter(({ isGood }) => !isGood).map(({ name }) => name);
  const total = results.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(0);
  console.log(failed.length > 0 ? `\nFailed after ${total} s: ${failed.join(', ')}` : `\nAll passed in ${total} s`);
}
