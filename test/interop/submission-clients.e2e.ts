import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canUnpackDebianPrograms, debianProgram } from '#testing/debian-programs';
import { Installation, until } from '../e2e/support/installation.js';

let product: Installation;
let folder: string;
let key: string;
let port: number;
let tlsPort: number;
const from = 'hello@sandbox.chapar.test';

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-clients-'));
  product = await Installation.create();
  await product.start('api,tracker,mta,mx,worker').ready();
  key = (JSON.parse(product.command(['api-key', 'create', '--name', 'clients', '--scope', 'full', '--json']).stdout) as { key: string })
    .key;
  [port, tlsPort] = product.submissionPorts;
});

afterAll(async () => {
  await product.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const letter = (subject: string) => `From: Shop <${from}>\nTo: delivered@simulator.chapar.test\nSubject: ${subject}\n\nhello\n.\n`;

/** The one message with this subject, once it is where it shall go. */
async function arrives(subject: string): Promise<void> {
  let last = '';
  await until(
    async () => {
      const response = await fetch(`${product.url}/emails?limit=100`, { headers: { authorization: `Bearer ${key}` } });
      const { data } = (await response.json()) as { data: { subject: string; last_event: string }[] };
      const found = data.filter((message) => message.subject === subject);
      last = JSON.stringify(found);
      return found.length === 1 && found[0]!.last_event === 'delivered';
    },
    () => `${subject}: ${last}`,
  );
}

/** Waits: the product's processes answer meanwhile, this one need not. */
function run(program: string, args: readonly string[], input = '', env: NodeJS.ProcessEnv = process.env): void {
  const { status, stdout, stderr } = spawnSync(program, args, { input, env, encoding: 'utf8' });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
}

describe('sends through submission with', () => {
  it('curl, over TLS from the first byte', async () => {
    const file = path.join(folder, 'curl.eml');
    writeFileSync(file, letter('by curl').replaceAll('\n', '\r\n'));
    const url = `smtps://127.0.0.1:${tlsPort}/laptop.example`;
    run('curl', [
      '-sS',
      '-k',
      '--url',
      url,
      '--mail-from',
      from,
      '--mail-rcpt',
      'delivered@simulator.chapar.test',
      '--upload-file',
      file,
      '--user',
      `any:${key}`,
    ]);
    await arrives('by curl');
  });

  it('Python’s smtplib, after STARTTLS', async () => {
    const script = [
      'import smtplib, ssl, sys',
      'context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE',
      's = smtplib.SMTP("127.0.0.1", int(sys.argv[1])); s.starttls(context=context); s.login("any", sys.argv[2])',
      's.sendmail(sys.argv[3], ["delivered@simulator.chapar.test"], sys.stdin.read()); s.quit()',
    ].join('\n');
    run('python3', ['-c', script, String(port), key, from], letter('by smtplib'));
    await arrives('by smtplib');
  });

  it.skipIf(!canUnpackDebianPrograms)('msmtp', async () => {
    const msmtp = await debianProgram({ packages: ['msmtp'] });
    const args = ['--host=127.0.0.1', `--port=${port}`, '--tls=on', '--tls-certcheck=off', '--auth=plain', '--user=any'];
    const pass = path.join(folder, 'key');
    writeFileSync(pass, `${key}\n`);
    run(
      msmtp.path('usr/bin/msmtp'),
      [...args, `--passwordeval=cat ${pass}`, `--from=${from}`, '--', 'delivered@simulator.chapar.test'],
      letter('by msmtp'),
      msmtp.env,
    );
    await arrives('by msmtp');
  });

  it.skipIf(!canUnpackDebianPrograms)('swaks, by LOGIN and PLAIN', async () => {
    const swaks = await debianProgram({ packages: ['swaks'] });
    const perl = [swaks.path('usr/share/perl5'), swaks.path('usr/lib/x86_64-linux-gnu/perl5/5.36')].join(':');
    for (const method of ['LOGIN', 'PLAIN']) {
      const args = [
        '--server',
        '127.0.0.1',
        '--port',
        String(port),
        '-tls',
        '--auth',
        method,
        '--auth-user',
        'any',
        '--auth-password',
        key,
      ];
      const mail = ['--from', from, '--to', 'delivered@simulator.chapar.test', '--header', `Subject: by swaks ${method}`];
      run('perl', [swaks.path('usr/bin/swaks'), ...args, ...mail], '', { ...swaks.env, PERL5LIB: perl });
      await arrives(`by swaks ${method}`);
    }
  });

  it('none of them, when the key is wrong', () => {
    const url = `smtps://127.0.0.1:${tlsPort}/laptop.example`;
    expect(() =>
      execFileSync(
        'curl',
        [
          '-sS',
          '-k',
          '--url',
          url,
          '--mail-from',
          from,
          '--mail-rcpt',
          'a@simulator.chapar.test',
          '--user',
          'any:wrong',
          '-T',
          '/dev/null',
        ],
        { stdio: 'pipe' },
      ),
    ).toThrow(/535|Login denied/);
  });
});
