import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { debianProgram } from '#testing/debian-programs';

const samples = new URL('../../../libs/protocol/dsn/', import.meta.url).pathname;

/**
 * Mail that is hard to read: our samples of bounces, and what Python's email package is tested with (PSF licence, fetched when the test runs). Line ends
 * are made CRLF: Dovecot serves LF as CRLF, we serve the bytes that are stored.
 */
export async function uglyMail(): Promise<{ name: string; bytes: Buffer }[]> {
  const python = await debianProgram({ packages: ['libpython3.11-testsuite'] }).catch(() => undefined);
  if (python === undefined) console.log('libpython3.11-testsuite is not to be had: only our own samples are compared');
  const folders = [path.join(samples, 'corpus/flufl.bounce'), path.join(samples, 'fixtures')];
  if (python !== undefined) folders.push(python.path('usr/lib/python3.11/test/test_email/data'));
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(txt|eml)$/.test(name))
      .map((name) => ({ name, bytes: withCrlf(readFileSync(path.join(folder, name))) })),
  );
}

const withCrlf = (bytes: Buffer) => {
  const text = bytes.toString('latin1').replace(/^From .*\n/, '');
  return Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1');
};
