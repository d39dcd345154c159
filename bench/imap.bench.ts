// A mailbox over IMAP: what programs do all day, beside Dovecot's imap process on a Maildir doing the same.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { systemActor } from '#base/kernel';
import { AppPasswords, MailAccounts, mailstoreEntities } from '#domain/mailstore';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { findFreePorts } from '#platform/ports';
import { openSecrets } from '#platform/secrets';
import { canUnpackDebianPrograms } from '#testing/debian-programs';
import { talkToDovecotImap } from '#testing/dovecot';
import { migrations } from '#migrations';
import { entities, prepareSender } from './send/setup.js';
import { sendingDomain } from './send/messages.js';
import { Report, option } from './support/report.js';

const large = option('mailbox', 200_000);
const rounds = option('rounds', 300);
const idle = option('idle', 190);

const letter = `From: Sara <sara@example.net>\r\nTo: ann@${sendingDomain}\r\nSubject: Hello\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.net>\r\n\r\n${'Some words that people wrote to each other.\r\n'.repeat(60)}`;
const append = `APPEND INBOX {${letter.length}+}\r\n${letter}`;

/** One command after the other, each answered before the next. */
class Client {
  private heard = '';
  private wake: () => void = () => undefined;
  private count = 0;

  private constructor(private readonly socket: tls.TLSSocket) {
    socket.on('data', (chunk: Buffer) => {
      this.heard += chunk.toString('latin1');
      this.wake();
    });
    socket.on('error', () => undefined);
  }

  static async open(port: number, password: string): Promise<Client> {
    const client = new Client(tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }));
    await client.until(/^\* OK .*\r\n$/);
    await client.say(`LOGIN ann@${sendingDomain} ${password}`);
    return client;
  }

  say(command: string): Promise<string> {
    return this.sayAll([command]);
  }

  /** In one go, as its peer is told: the last one's answer ends it. */
  async sayAll(commands: readonly string[]): Promise<string> {
    const command = commands.at(-1)!;
    this.socket.write(commands.map((one) => `t${++this.count} ${one}\r\n`).join(''));
    const tag = `t${this.count}`;
    const answer = await this.until(new RegExp(`(?:^|\\n)${tag} (?:OK|NO|BAD)[^\\r\\n]*\\r\\n$`));
    if (!new RegExp(`${tag} OK[^\\r\\n]*\\r\\n$`).test(answer.slice(-500)))
      throw new Error(`${command.slice(0, 80)}: ${answer.slice(-300)}`);
    return answer;
  }

  end(): void {
    this.socket.destroy();
  }

  private async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.heard.slice(-1_000))) await new Promise<void>((resolve) => (this.wake = resolve));
    const answer = this.heard;
    this.heard = '';
    return answer;
  }
}

/** Dovecot's own process, without its log-in and without sockets: seconds for the commands, what comes before them taken off. */
async function dovecot(commands: readonly string[], before: readonly string[] = []): Promise<number> {
  const run = async (script: readonly string[]) => {
    const startedAt = performance.now();
    await talkToDovecotImap(script.map((command, n) => `d${n} ${command}\r\n`));
    return (performance.now() - startedAt) / 1000;
  };
  // The first run unpacks the program.
  await run(before);
  const idleRun = await run(before);
  return Math.max(0.001, (await run([...before, ...commands])) - idleRun);
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-bench-imap-'));
const postgres = await EmbeddedPostgres.start({ dataDir: folder });
const source = await openDataSource({ url: postgres.url, entities: [...entities, ...mailstoreEntities], migrations });
const ports = await findFreePorts(4);
try {
  await migrate(source);
  const context = systemActor((await prepareSender(source)).workspaceId, 'bench');
  const secrets = openSecrets(folder, undefined);
  const account = await new MailAccounts(source).create(context, { address: `ann@${sendingDomain}` });
  const { password } = await new AppPasswords(source, secrets.deriveKey('app-passwords')).create(context, account.id, { name: 'bench' });
  const child = fork(fileURLToPath(new URL('../apps/mailbox/main.js', import.meta.url)), {
    env: {
      ...process.env,
      DATABASE_URL: postgres.url,
      CHAPAR_DATA_DIR: folder,
      ...Object.fromEntries(['IMAP', 'IMAPS', 'POP3', 'POP3S'].map((name, n) => [`CHAPAR_${name}_PORT`, String(ports + n)])),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  const port = ports + 1;
  const report = new Report('imap', { 'messages in the large mailbox': large, rounds, 'bytes each': letter.length });
  const hasPeer = canUnpackDebianPrograms;
  const repeated = (command: string) => Array.from({ length: rounds }, () => command);
  const compare = async (name: string, client: Client, command: string, before: readonly string[]) => {
    const startedAt = performance.now();
    await client.sayAll(repeated(command));
    const rate = rounds / ((performance.now() - startedAt) / 1000);
    const peer = hasPeer ? rounds / (await dovecot(repeated(command), before)) : undefined;
    report.figure(name, rate, 'commands/s', peer === undefined ? {} : { peer });
    if (peer !== undefined) report.figure(`${name}, Dovecot`, peer, 'commands/s');
  };

  const client = await Client.open(port, password);
  await compare('APPEND of 2.8 KB', client, append, []);
  await client.say('SELECT INBOX');
  const filled = [append, 'SELECT INBOX'];
  await compare('FETCH of a whole message', client, 'FETCH 1 BODY.PEEK[]', filled);
  await compare('FETCH ENVELOPE BODYSTRUCTURE', client, 'FETCH 1 (ENVELOPE BODYSTRUCTURE)', filled);
  let isSet = false;
  const flips = Array.from({ length: rounds }, () => `STORE 1 ${(isSet = !isSet) ? '+' : '-'}FLAGS (\\Flagged)`);
  const flipStart = performance.now();
  await client.sayAll(flips);
  report.figure(
    'STORE of a flag',
    rounds / ((performance.now() - flipStart) / 1000),
    'commands/s',
    hasPeer ? { peer: rounds / (await dovecot(flips, filled)) } : {},
  );

  const loginStart = performance.now();
  for (let n = 0; n < rounds; n++) (await Client.open(port, password)).end();
  report.figure('TLS connection and sign-in', rounds / ((performance.now() - loginStart) / 1000), '/s');

  await source.query(
    `INSERT INTO mail_messages SELECT folder_id, 10000 + n, modseq, n % 2, '{}', now() - n * interval '1 minute', now(), current_date, size_bytes, prefix, blob,
       email_id, structure, replace(header_text, 'hello', 'hello ' || n), body_text FROM mail_messages, generate_series(1, $1::int) AS n WHERE uid = 1`,
    [large],
  );
  await source.query(`UPDATE mail_folders SET uidnext = 1000000, messages = messages + $1::int WHERE name = 'INBOX'`, [large]);
  await source.query('ANALYZE mail_messages');
  for (const [name, command] of [
    ['SELECT of the large one', 'SELECT INBOX'],
    ['all flags of it', 'FETCH 1:* (UID FLAGS)'],
    ['SEARCH UNSEEN in it', 'SEARCH UNSEEN'],
    ['SEARCH SUBJECT in it', `SEARCH SUBJECT "hello ${large - 1}"`],
    ['SEARCH TEXT in it', 'SEARCH TEXT "nobody wrote this"'],
  ] as const) {
    const startedAt = performance.now();
    for (let n = 0; n < 3; n++) await client.say(command);
    report.figure(name, (performance.now() - startedAt) / 3, 'ms');
  }

  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]);
  const before = memory();
  const waiting = await Promise.all(Array.from({ length: idle }, () => Client.open(port, password)));
  report.figure(`memory of a TLS session that waits (${idle})`, ((memory() - before) * 1024) / idle, 'bytes');
  for (const one of [...waiting, client]) one.end();
  report.print();
  child.disconnect();
  await once(child, 'exit');
} finally {
  await source.destroy();
  await postgres.stop();
  removeDataDir(folder);
}
