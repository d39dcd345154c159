import type { Config } from '#platform/config';
import { ConsoleOutput } from './console-output.js';
import type { RoleName } from './roles.js';
import { Supervisor } from './supervisor.js';

/** npm, the launcher and the terminal may each deliver the same Ctrl-C. */
const SAME_SIGNAL_MS = 1_000;

/** `chapar start`: runs until it is told to stop. @returns the exit code */
export async function runStart(config: Config, roles: readonly RoleName[]): Promise<number> {
  // Whoever read our output may be gone before we are.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const output = new ConsoleOutput(process.stdout, { isPretty: config.logPretty || process.stdout.isTTY, hasColour: process.stdout.isTTY });
  const supervisor = new Supervisor({ config, roles, output });
  stopOnSignals(supervisor);
  await supervisor.start();
  return supervisor.end;
}

function stopOnSignals(supervisor: Supervisor): void {
  let askedAt: number | undefined;
  const stop = () => {
    if (askedAt === undefined) {
      askedAt = Date.now();
      void supervisor.stop();
    } else if (Date.now() - askedAt > SAME_SIGNAL_MS) {
      void supervisor.abort();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // The launcher (npm start) is gone, however it ended.
  process.once('disconnect', () => void supervisor.stop());
}
