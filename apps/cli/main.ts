import 'reflect-metadata';
import { CommanderError } from 'commander';
import { buildProgram } from './program.js';
import { ExitCode, describeError, errorAsJson } from './program-error.js';

// Logs, journals and notes hold addresses: nobody else on the machine reads what this process and its roles write. Folders can
// still be passed through, which the embedded PostgreSQL's own user needs.
process.umask(0o066);

/** @returns the exit code: 0 done, 1 failed, 2 misused */
async function main(): Promise<number> {
  try {
    await buildProgram().parseAsync();
    return Number(process.exitCode ?? ExitCode.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.misused;
    const wantsJson = process.argv.includes('--json');
    process.stderr.write(`${wantsJson ? JSON.stringify(errorAsJson(error)) : describeError(error)}\n`);
    return ExitCode.failed;
  }
}

// The launcher's channel must not keep a finished command alive, nor a command outlive its launcher.
if (process.channel && process.argv[2] !== 'start') {
  process.once('disconnect', () => process.exit(ExitCode.failed));
  process.channel.unref();
}
process.exit(await main());
