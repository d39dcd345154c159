import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { defineErrors } from '#base/kernel';
import { projectFolder } from '#platform/files';
import { print, table } from '../output.js';

const programError = defineErrors({
  program_unknown: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'There is no bench or fault run of this name. Without a name, the command lists them.',
  },
});

const root = projectFolder();

/** Their first line says what they do. */
function programsIn(folder: string, suffix: string): { name: string; about: string }[] {
  const ending = `.${suffix}.ts`;
  return readdirSync(path.join(root, folder))
    .filter((file) => file.endsWith(ending))
    .map((file) => ({
      name: file.slice(0, -ending.length),
      about: (readFileSync(path.join(root, folder, file), 'utf8').split('\n', 1)[0] ?? '').replace(/^\/\/ /, ''),
    }));
}

export function listPrograms(verb: string, folder: string, suffix: string, options: { json?: boolean }): void {
  const programs = programsIn(folder, suffix);
  print(programs, options, () =>
    table(
      ['name', 'what it does'],
      programs.map(({ name, about }) => [name, about]),
    ),
  );
  if (!options.json) process.stdout.write(`\nRun one with \`npm run ${verb} -- NAME\`.\n`);
}

/** @returns its exit code */
export async function runProgram(folder: string, suffix: string, name: string, args: readonly string[]): Promise<number> {
  const known = programsIn(folder, suffix).map((program) => program.name);
  if (!known.includes(name)) throw programError('program_unknown', `There is no "${name}". There is: ${known.join(', ')}.`);
  const child = spawn(process.execPath, ['--enable-source-maps', path.join(root, 'dist', folder, `${name}.${suffix}.js`), ...args], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches the program itself; this process waits for it to clean up.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
