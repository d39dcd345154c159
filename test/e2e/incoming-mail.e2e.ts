import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import nodemailer from 'nodemailer';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canUnpackDebianPrograms } from '#testing/debian-programs';
import { EICAR, type RunningScanner, startClamd } from '#testing/mail-scanners';
import { Installation, until } from './support/installation.js';

const ADDRESS = 'ann@sandbox.chapar.test';
const FRAUD =
  'Dear friend, I am barrister Cole, attorney to a deceased client who left $15.5 million US dollars without a next of kin. Your assistance as foreign partner is needed for the transfer of the funds to your bank account. This business proposal is strictly confidential.';

let product: Installation;
let clamd: RunningScanner | undefined;
let database: pg.Client;

beforeAll(async () => {
  clamd = canUnpackDebianPrograms ? await startClamd() : undefined;
  product = await Installation.create(clamd && { CHAPAR_CLAMAV: `${clamd.host}:${clamd.port}` });
  await product.start('api,mx,mailbox,worker').ready();
  const made = product.command(['mailbox', 'create', ADDRESS, '--password-stdin'], {}, 'correct horse battery');
  expect(made.code, made.stderr).toBe(0);
  database = new pg.Client({ connectionString: product.postgres().url });
  await database.connect();
});

afterAll(async () => {
  await database.end();
  await product.dispose();
  await clamd?.stop();
});

const send = (subject: string, text: string, more: object = {}) =>
  nodemailer
    .createTransport({ host: '127.0.0.1', port: product.mxPort, tls: { rejectUnauthorized: false } })
    .sendMail({ from: 'Sara <sara@example.net>', to: ADDRESS, subject, text, ...more });

/** What the mailbox holds: folder and subject. */
async function held(): Promise<string[]> {
  const { rows } = await database.query<{ name: string; header: string }>(
    'SELECT f.name, m.header_text AS header FROM mail_messages m JOIN mail_folders f ON f.id = m.folder_id ORDER BY f.name, m.uid',
  );
  return rows.map(({ name, header }) => `${name}: ${/^subject:\s*(.*)$/im.exec(header)?.[1]?.trim() ?? ''}`);
}

async function arrives(where: string): Promise<void> {
  let seen: string[] = [];
  await until(
    async () => (seen = await held()).includes(where),
    () => `${where} is not among ${seen.join(', ')}`,
  );
}

function chapar<T>(...args: readonly string[]): T {
  const { code, stdout, stderr } = product.command([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

interface Held {
  readonly messages: readonly { readonly id: string; readonly cause: string; readonly subject: string; readonly state: string }[];
}

describe('mail for a mailbox', () => {
  it('that is wanted goes to INBOX, a Persian letter among it; what is not goes to Junk', async () => {
    await send('fence', 'See you on Tuesday, then. The fence was painted yesterday.');
    await send('order', 'سلام، لطفاً شماره‌ی پیگیری سفارشم را بفرستید. با سپاس، سارا');
    await send('urgent business proposal', FRAUD, { replyTo: 'cole1977@yahoo.com' });
    await arrives('INBOX: fence');
    await arrives('INBOX: order');
    await arrives('Junk: urgent business proposal');
  });

  it('that holds a program waits in quarantine until it is released, and then arrives once', async () => {
    await send('tool', 'Here it is.', { attachments: [{ filename: 'setup.exe', content: 'x' }] });
    let found: Held = { messages: [] };
    await until(
      () => (found = chapar<Held>('quarantine', 'list')).messages.length > 0,
      () => 'nothing is held',
    );
    const [message] = found.messages;
    expect(message).toMatchObject({ cause: 'risk', subject: 'tool' });
    expect(product.command(['quarantine', 'show', message!.id]).stdout).toContain('A program is attached.');
    expect(chapar('quarantine', 'release', message!.id)).toEqual({ released: 1 });
    await arrives('INBOX: tool');
    expect(chapar('quarantine', 'release', message!.id)).toEqual({ released: 0 });
    expect((await held()).filter((one) => one.endsWith('tool'))).toEqual(['INBOX: tool']);
    expect(product.command(['audit', 'list']).stdout).toContain('quarantine.release');
  });

  it.skipIf(!canUnpackDebianPrograms)('with a virus waits in quarantine, and is deleted', async () => {
    await send('virus', 'Look.', { attachments: [{ filename: 'letter.txt', content: EICAR }] });
    let found: Held = { messages: [] };
    await until(
      () => (found = chapar<Held>('quarantine', 'list', '--cause', 'virus')).messages.length > 0,
      () => 'no virus is held',
    );
    expect(chapar('quarantine', 'delete', found.messages[0]!.id)).toEqual({ deleted: 1 });
    expect(chapar<Held>('quarantine', 'list').messages).toEqual([]);
  });
});

describe('the filter', () => {
  it('is taught by files and asked with what it was taught', () => {
    const folder = path.join(product.dataDir, 'letters');
    const write = (kind: string, number: number, text: string) => {
      mkdirSync(path.join(folder, kind), { recursive: true });
      const raw = `From: a@example.net\r\nTo: b@example.org\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nMessage-ID: <${kind}${number}@example.net>\r\nSubject: ${kind} ${number}\r\n\r\n${text}\r\n`;
      writeFileSync(path.join(folder, kind, `${number}.eml`), raw);
    };
    for (let number = 0; number < 20; number++) {
      write('junk', number, `lieferbare palettenregale aus lagerauflösung, sonderposten nr ${number}, anfrage genügt`);
      write('ham', number, `liebe grüße aus dem garten, wir sehen uns am ${number}. im verein`);
    }
    write('asked', 1, 'palettenregale aus lagerauflösung lieferbar, sonderposten, anfrage genügt');
    const asked = path.join(folder, 'asked', '1.eml');
    expect(chapar('spam', 'explain', asked)).toMatchObject({ verdict: 'ham' });
    expect(chapar('spam', 'train', 'junk', path.join(folder, 'junk'))).toMatchObject({ new: 20 });
    expect(chapar('spam', 'train', 'ham', path.join(folder, 'ham'))).toMatchObject({ new: 20 });
    expect(chapar('spam', 'train', 'ham', path.join(folder, 'ham'))).toMatchObject({ new: 0, known: 20 });
    expect(chapar('spam', 'explain', '--trained', asked)).toMatchObject({ verdict: 'junk' });
    expect(product.command(['spam', 'explain', path.join(folder, 'none.eml')]).code).toBe(1);
  });
});
