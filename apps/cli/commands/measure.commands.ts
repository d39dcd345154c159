import { type Command, Option } from 'commander';

const programs = [
  { verb: 'bench', folder: 'bench', suffix: 'bench', about: 'measure against a peer and the limits of this machine, in one run' },
  { verb: 'chaos', folder: 'test/chaos', suffix: 'chaos', about: 'send mail while processes are killed, then account for every message' },
] as const;

/** Benches and fault runs: programs of their own beside the product. */
export function registerMeasureCommands(program: Command): void {
  for (const { verb, folder, suffix, about } of programs)
    program
      .command(verb)
      .description(`${about}; without a name, list them`)
      .argument('[name]')
      .argument('[options...]', 'for the program itself, such as --messages 1000')
      .addOption(new Option('--json', 'print JSON'))
      .allowUnknownOption()
      .action(async (name: string | undefined, more: string[], options: { json?: boolean }) => {
        const { listPrograms, runProgram } = await import('./run-program.js');
        if (name === undefined) return listPrograms(verb, folder, suffix, options);
        process.exitCode = await runProgram(folder, suffix, name, [...more, ...(options.json ? ['--json'] : [])]);
      });
}
