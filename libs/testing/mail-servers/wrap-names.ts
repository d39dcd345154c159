import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DebianProgram } from '#testing/debian-programs';

/**
 * The environment in which a program sees other accounts or another host name than the machine's: what `libnss-wrapper`, one of
 * its packages, is told by `names` (nss_wrapper(1)).
 */
export function wrapNames(program: DebianProgram, names: Readonly<Record<string, string>>): Record<string, string> {
  const library = program.env['LD_LIBRARY_PATH']!.split(':')
    .map((folder) => path.join(folder, 'libnss_wrapper.so'))
    .find((file) => existsSync(file));
  if (library === undefined) throw new Error('libnss-wrapper is not among the packages');
  return { ...program.env, LD_PRELOAD: library, ...names };
}
