import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianProgram } from '#testing/debian-programs';
import { type RunningScanner, startScanner } from './scanner-process.js';

/** The file that every scanner of viruses agrees to find (EICAR), in two halves, so that no scanner finds it here. */
export const EICAR: string = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

/** MD5 and size of the file. */
const EICAR_SIGNATURE = '44d88612fea8a8f36de82e1278abb02f:68:Test.Eicar\n';

/** clamd that knows one virus, EICAR. @param maxStreamBytes it refuses to look at more */
export async function startClamd({ maxStreamBytes = 1024 * 1024 } = {}): Promise<RunningScanner> {
  const { env, path: file } = await debianProgram({ packages: ['clamav-daemon'] });
  return startScanner({
    name: 'clamd',
    program: file('usr/sbin/clamd'),
    env,
    prepare(folder, port) {
      mkdirSync(path.join(folder, 'signatures'));
      writeFileSync(path.join(folder, 'signatures', 'test.hdb'), EICAR_SIGNATURE);
      const config = path.join(folder, 'clamd.conf');
      const settings = {
        TCPSocket: port,
        TCPAddr: '127.0.0.1',
        DatabaseDirectory: path.join(folder, 'signatures'),
        TemporaryDirectory: folder,
        Foreground: 'yes',
        StreamMaxLength: maxStreamBytes,
      };
      writeFileSync(
        config,
        Object.entries(settings)
          .map(([name, value]) => `${name} ${value}\n`)
          .join(''),
      );
      return ['-c', config];
    },
  });
}
