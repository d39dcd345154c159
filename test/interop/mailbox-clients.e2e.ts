import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canUnpackDebianPrograms, debianProgram } from '#testing/debian-programs';
import { Installation, until } from '../e2e/support/installation.js';

let product: Installation;
let folder: string;
let ports: Installation['mailboxPorts'];
const address = 'ann@sandbox.chapar.test';
const password = 'correct horse battery';

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-mail-clients-'));
  product = await Installation.create();
  await product.start('api,mx,mailbox,worker').ready();
  const made = product.command(['mailbox', 'create', address, '--password-stdin', '--alias', 'team@sandbox.chapar.test'], {}, password);
  expect(made.code, made.stderr).toBe(0);
  ports = product.mailboxPorts;
});

afterAll(async () => {
  await product.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function run(program: string, args: readonly string[], more: { input?: string; env?: NodeJS.ProcessEnv } = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 50_000_000, ...more });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

const python = (script: readonly string[], ...args: readonly string[]) => run('python3', ['-c', script.join('\n'), ...args]);
const trusting = [
  'import ssl, sys',
  'context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE',
];

/** Mail as it is: samples of many systems, none of them pretty. */
const samples = path.join(import.meta.dirname, '..', '..', 'libs', 'protocol', 'dsn', 'corpus', 'flufl.bounce');

describe('mail that comes in for a mailbox', () => {
  it('is refused for strangers, and arrives with where it came from', async () => {
    const transport = nodemailer.createTransport({ host: '127.0.0.1', port: product.mxPort, tls: { rejectUnauthorized: false } });
    await expect(transport.sendMail({ from: 'sara@example.net', to: 'nobody@sandbox.chapar.test', text: 'x' })).rejects.toMatchObject({
      responseCode: 550,
    });
    const forged = 'Authentication-Results: mail.example.org; spf=pass';
    const raw = `${forged}\r\nFrom: Sara <sara@example.net>\r\nTo: team@sandbox.chapar.test\r\nSubject: =?utf-8?B?2LPZhNin2YU=?=\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <1@example.net>\r\n\r\nHello Ann\r\n`;
    await transport.sendMail({ envelope: { from: 'sara@example.net', to: ['team+orders@sandbox.chapar.test'] }, raw });
    const script = [
      'import imaplib',
      ...trusting,
      'm = imaplib.IMAP4_SSL("127.0.0.1", int(sys.argv[1]), ssl_context=context); m.login(sys.argv[2], sys.argv[3])',
      'print(m.select("INBOX")[1][0].decode()); n = m.search(None, "ALL")[1][0].split()',
      'print(m.fetch(n[0], "(RFC822)")[1][0][1].decode() if n else ""); m.logout()',
    ];
    let seen = '';
    await until(
      () => Promise.resolve((seen = python(script, `${ports.imaps}`, address, password)).includes('Hello Ann')),
      () => seen,
    );
    expect(seen).toMatch(/^1\nReturn-Path: <sara@example\.net>\r?\n/);
    expect(seen).not.toContain('spf=pass');
    expect(seen).toMatch(/Received: from \S+ \(\[127\.0\.0\.1\]\)/);
  });
});

describe('mailboxes are read with', () => {
  it('Python’s imaplib, after STARTTLS', () => {
    const out = python(
      [
        'import imaplib',
        ...trusting,
        'm = imaplib.IMAP4("127.0.0.1", int(sys.argv[1])); m.starttls(context); m.login(sys.argv[2], sys.argv[3])',
        'assert m.create("Work/2026")[0] == "OK"',
        'body = b"From: a@b.example\\r\\nSubject: Invoice\\r\\n\\r\\n.\\r\\n\\x80\\xff\\r\\n"',
        'assert m.append("Work/2026", "(\\\\Seen)", imaplib.Time2Internaldate(1_700_000_000), body)[0] == "OK"',
        'assert m.select("Work/2026")[1] == [b"1"]',
        'assert m.search(None, "SUBJECT", "invoice")[1] == [b"1"]',
        'assert m.fetch("1", "(BODY.PEEK[])")[1][0][1] == body',
        'assert m.copy("1", "Archive")[0] == "OK"',
        'assert b"\\\\Flagged" in m.store("1", "+FLAGS", "(\\\\Flagged \\\\Deleted)")[1][0]',
        'assert m.expunge()[1] == [b"1"]',
        'assert m.status("Archive", "(MESSAGES UNSEEN)")[1] == [b"Archive (MESSAGES 1 UNSEEN 0)"]',
        'print(len(m.list()[1])); m.close(); m.logout()',
      ],
      `${ports.imap}`,
      address,
      password,
    );
    expect(out.trim()).toBe('8');
  });

  it('Python’s poplib', () => {
    const out = python(
      [
        'import poplib',
        ...trusting,
        'm = poplib.POP3_SSL("127.0.0.1", int(sys.argv[1]), context=context); m.user(sys.argv[2]); m.pass_(sys.argv[3])',
        'assert m.stat()[0] == 1; assert len(m.uidl()[1]) == 1',
        'lines = m.retr(1)[1]; assert b"Hello Ann" in lines; assert m.top(1, 0)[1][-1] == b""; m.quit()',
        'print("ok")',
      ],
      `${ports.pop3s}`,
      address,
      password,
    );
    expect(out.trim()).toBe('ok');
  });

  it('curl, over IMAP and POP3', () => {
    const user = ['-sS', '-k', '--user', `${address}:${password}`];
    expect(run('curl', [...user, `imaps://127.0.0.1:${ports.imaps}/INBOX;MAILINDEX=1`])).toContain('Hello Ann');
    expect(run('curl', [...user, '--ssl-reqd', `imap://127.0.0.1:${ports.imap}/`])).toContain('INBOX');
    expect(run('curl', [...user, `pop3s://127.0.0.1:${ports.pop3s}/1`])).toContain('Hello Ann');
  });

  it.skipIf(!canUnpackDebianPrograms)('mbsync, both ways, byte for byte', async () => {
    const mbsync = await debianProgram({ packages: ['isync'] });
    const script = [
      'import imaplib, os',
      ...trusting,
      'm = imaplib.IMAP4_SSL("127.0.0.1", int(sys.argv[1]), ssl_context=context); m.login(sys.argv[2], sys.argv[3]); m.create("Ugly")',
      'for name in sorted(os.listdir(sys.argv[4])):',
      '  data = open(os.path.join(sys.argv[4], name), "rb").read().replace(b"\\r\\n", b"\\n").replace(b"\\n", b"\\r\\n")',
      '  assert m.append("Ugly", None, None, data)[0] == "OK", name',
      'm.logout()',
    ];
    python(script, `${ports.imaps}`, address, password, samples);
    const maildir = path.join(folder, 'maildir');
    mkdirSync(maildir, { recursive: true });
    const config = path.join(folder, 'mbsyncrc');
    writeFileSync(
      config,
      [
        'IMAPAccount chapar',
        'Host 127.0.0.1',
        `Port ${ports.imap}`,
        `User ${address}`,
        `Pass "${password}"`,
        'SSLType STARTTLS',
        `CertificateFile ${path.join(folder, 'cert.pem')}`,
        '',
        'IMAPStore remote',
        'Account chapar',
        '',
        'MaildirStore local',
        `Path ${maildir}/`,
        `Inbox ${maildir}/INBOX`,
        'SubFolders Verbatim',
        '',
        'Channel all',
        'Far :remote:',
        'Near :local:',
        'Patterns Ugly',
        'Create Both',
        'Sync All',
        'SyncState *',
        'Expunge Both',
        '',
      ].join('\n'),
    );
    const certificate = run('openssl', ['s_client', '-connect', `127.0.0.1:${ports.imaps}`, '-showcerts'], { input: '' });
    writeFileSync(path.join(folder, 'cert.pem'), /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(certificate)![0]);
    const sync = () => run(mbsync.path('usr/bin/mbsync'), ['-c', config, 'all'], { env: { ...process.env, ...mbsync.env, HOME: folder } });
    sync();
    const files = ['new', 'cur'].flatMap((part) =>
      readdirSync(path.join(maildir, 'Ugly', part)).map((name) => path.join(maildir, 'Ugly', part, name)),
    );
    const plain = (bytes: Buffer) =>
      bytes
        .toString('latin1')
        .replace(/\r\n/g, '\n')
        .replace(/^X-TUID: .*\n/m, '')
        .replaceAll('\0', '');
    const pulled = files.map((file) => plain(readFileSync(file))).sort();
    const sent = readdirSync(samples)
      .map((name) => plain(readFileSync(path.join(samples, name))))
      .sort();
    expect(pulled).toEqual(sent);
    // And back: what is put into the folder here is in the mailbox there.
    const letter = 'From: me@example.org\nSubject: pushed\n\nby mbsync\n';
    writeFileSync(path.join(maildir, 'Ugly', 'new', '1700000000.M1P1.here'), letter);
    sync();
    const found = python(
      [
        'import imaplib',
        ...trusting,
        'm = imaplib.IMAP4_SSL("127.0.0.1", int(sys.argv[1]), ssl_context=context); m.login(sys.argv[2], sys.argv[3]); m.select("Ugly")',
        'n = m.search(None, "SUBJECT", "pushed")[1][0].split(); print(m.fetch(n[-1], "(BODY.PEEK[TEXT])")[1][0][1].decode())',
      ],
      `${ports.imaps}`,
      address,
      password,
    );
    expect(found).toContain('by mbsync');
    const count = () => ['new', 'cur'].flatMap((part) => readdirSync(path.join(maildir, 'Ugly', part))).length;
    const before = count();
    sync();
    expect(count()).toBe(before);
  });
});
