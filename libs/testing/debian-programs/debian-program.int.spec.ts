import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { canUnpackDebianPrograms, debianProgram } from './debian-program.js';

describe.skipIf(!canUnpackDebianPrograms)('programs of Debian', () => {
  it('run from where they were unpacked, with libraries that are not installed', async () => {
    const { env, path, folder } = await debianProgram({ packages: ['opendkim'] });
    expect(path('usr/sbin/opendkim')).toBe(`${folder}/usr/sbin/opendkim`);
    expect(execFileSync(path('usr/sbin/opendkim'), ['-V'], { env, encoding: 'utf8' })).toMatch(/OpenDKIM Filter v2/);
  });

  it('must be known to apt', async () => {
    await expect(debianProgram({ packages: ['no-such-package-of-debian'] })).rejects.toThrow(/Unable to locate package/);
  });
});
