import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { debianProgram } from '#testing/debian-programs';

/** Debian's `nobody`: Dovecot refuses mail to root. */
const NOBODY = 65_534;

/**
 * Runs Dovecot's imap process on an empty Maildir, already logged in, as one dialogue over its standard input: no listener, no log-in, no
 * configuration file. Works for any user.
 * @param script everything the client says, literals as `{n+}`
 * @param settings environment variables, which its settings are
 * @returns everything the server says
 * @throws Error when it ends otherwise than by LOGOUT
 */
export async function talkToDovecotImap(
  script: readonly (Buffer | string)[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const { env, path: inside, folder } = await debianProgram({ packages: ['dovecot-core', 'dovecot-imapd'] });
  const home = mkdtempSync(path.join(os.tmpdir(), 'chapar-dovecot-'));
  try {
    mkdirSync(path.join(home, 'mail'));
    chmodSync(home, 0o755);
    if (process.getuid!() === 0) for (const owned of [home, path.join(home, 'mail')]) chownSync(owned, NOBODY, NOBODY);
    return await dialogue(
      inside('usr/lib/dovecot/imap'),
      { LD_LIBRARY_PATH: `${folder}/usr/lib/dovecot:${env.LD_LIBRARY_PATH}`, ...dovecotSettings(home), ...settings },
      script,
    );
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Settings of a Dovecot program that nobody configured: it takes them from the environment instead of doveconf. */
export function dovecotSettings(home: string): Readonly<Record<string, string>> {
  const isRoot = process.getuid!() === 0;
  return {
    DOVECONF_ENV: '1',
    USER: 'joe',
    HOME: home,
    MAIL_LOCATION: `maildir:${home}/mail`,
    MAIL_UID: String(isRoot ? NOBODY : process.getuid!()),
    MAIL_GID: String(isRoot ? NOBODY : process.getgid!()),
    FIRST_VALID_UID: '1',
    MAIL_PLUGINS: '',
    BASE_DIR: home,
    LOG_PATH: '/dev/stderr',
  };
}

async function dialogue(program: string, env: Record<string, string>, script: readonly (Buffer | string)[]): Promise<Buffer> {
  // Node's pipes are sockets, from which it concludes that inetd started it.
  const child = spawn('/bin/sh', ['-c', 'cat | "$0" | cat', program], { env: { PATH: '/usr/bin:/bin', ...env }, cwd: '/' });
  const answers: Buffer[] = [];
  const errors: Buffer[] = [];
  let tail = '';
  child.stdout.on('data', (chunk: Buffer) => {
    answers.push(chunk);
    tail = (tail + chunk.toString('latin1')).slice(-200);
    // Whoever ends before has answers cut off.
    if (/^(logout OK|\* BYE|\* BAD)/m.test(tail)) child.stdin.end();
  });
  // It logs nothing but why it ended.
  child.stderr.on('data', (chunk: Buffer) => {
    errors.push(chunk);
    child.stdin.end();
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write(Buffer.concat([...script, 'logout LOGOUT\r\n'].map((part) => Buffer.from(part as string))));
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const said = Buffer.concat(answers);
  if (!said.includes('logout OK'))
    throw new Error(`Dovecot ended early: ${Buffer.concat(errors).toString()}${said.subarray(-500).toString()}`);
  return said;
}
