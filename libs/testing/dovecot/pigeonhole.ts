import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { debianProgram } from '#testing/debian-programs';
import { dovecotSettings } from './dovecot-imap.js';

export interface PigeonholeRun {
  /** What it would do, in words; undefined where the script does not compile. */
  readonly said: string | undefined;
  readonly errors: string;
}

/** Runs Dovecot's `sieve-test`: a script over one message, nothing is delivered. */
export async function runPigeonhole(
  script: string,
  message: Buffer,
  envelope: { readonly from: string; readonly to: string },
): Promise<PigeonholeRun> {
  const { env, path: inside, folder } = await debianProgram({ packages: ['dovecot-sieve', 'dovecot-core'] });
  const home = mkdtempSync(path.join(os.tmpdir(), 'chapar-sieve-'));
  try {
    const settings = dovecotSettings(home);
    chmodSync(home, 0o755);
    if (process.getuid!() === 0) chownSync(home, Number(settings.MAIL_UID), Number(settings.MAIL_GID));
    writeFileSync(path.join(home, 'x.sieve'), script);
    writeFileSync(path.join(home, 'x.eml'), message);
    const args = ['-f', envelope.from, '-r', envelope.to, '-a', envelope.to, 'x.sieve', 'x.eml'];
    const options = {
      cwd: home,
      env: { LD_LIBRARY_PATH: `${folder}/usr/lib/dovecot:${env.LD_LIBRARY_PATH}`, PATH: '/usr/bin:/bin', TZ: 'UTC', ...settings },
    };
    return await new Promise((resolve) => {
      execFile(inside('usr/bin/sieve-test'), args, options, (error, stdout, stderr) => {
        resolve({ said: error ? undefined : stdout, errors: stderr });
      });
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
