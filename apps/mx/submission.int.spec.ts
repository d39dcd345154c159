import { Readable } from 'node:stream';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type ActorContext, silentLogger, systemActor, uuidv7 } from '#base/kernel';
import { ApiKeyService, accountsEntities } from '#domain/accounts';
import { AppPasswords, MailAccounts, MailSignIn, mailstoreEntities } from '#domain/mailstore';
import { MessageAcceptor, SubmissionIntake, messagesEntities } from '#domain/messages';
import { SiteDirectory } from '#domain/sending';
import { createMxResolver, systemResolver } from '#net/dns';
import { type RunningSmtpListener, type SmtpListenerOptions, startSmtpListener } from '#net/smtp-listener';
import { testCertificate } from '#testing/certificates';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { signIn, submissionPolicy, submissionRate } from './submission-policy.js';

let database: TestDatabase;
let source: DataSource;
let context: ActorContext;
let keys: ApiKeyService;
let key: string;
let starttls: RunningSmtpListener;
let implicit: RunningSmtpListener;
let mailboxes: MailAccounts;
let appPasswords: AppPasswords;
let listenerOptions: Omit<SmtpListenerOptions, 'submission'>;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...mailstoreEntities, ...messagesEntities], poolSize: 10 });
  const workspaceId = uuidv7();
  context = systemActor(workspaceId, 'test');
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Shop', 'shop')`, [workspaceId]);
  for (const [name, status] of [
    ['shop.example.org', 'verified'],
    ['other.example.org', 'verified'],
    ['new.example.org', 'pending'],
  ])
    await source.query('INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, $3, $4, $5)', [
      uuidv7(),
      workspaceId,
      name,
      status,
      `bounces.${name}`,
    ]);
  keys = new ApiKeyService(source, 0);
  key = (await keys.create(context, { name: 'shop', scope: 'sending' })).key;
  const resolver = createMxResolver({ dns: systemResolver(), routes: [{ domain: '*', host: '127.0.0.1', port: 1 }] });
  const acceptor = new MessageAcceptor({
    dataSource: source,
    sites: new SiteDirectory(source, resolver),
    blobs: { put: () => Promise.reject(new Error('small mail needs none')) },
    delivery: 'live',
  });
  listenerOptions = {
    bind: '127.0.0.1',
    port: 0,
    hostname: 'mail.example.org',
    tls: await testCertificate(['localhost']),
    maxSizeBytes: 1_000_000,
    policy: submissionPolicy(new SubmissionIntake(acceptor)),
    logger: silentLogger,
  };
  mailboxes = new MailAccounts(source);
  await mailboxes.create(context, {
    address: 'ann@shop.example.org',
    password: 'correct horse battery',
    aliases: ['anna@shop.example.org'],
  });
  const key32 = Buffer.alloc(32, 9);
  appPasswords = new AppPasswords(source, key32);
  const authenticate = signIn(keys, new MailSignIn(source, appPasswords, key32));
  starttls = await startSmtpListener({
    ...listenerOptions,
    limits: { maxMessagesPerMinutePerAddress: 1 },
    submission: { authenticate, mayBegin: submissionRate(100), isImplicitTls: false },
  });
  implicit = await startSmtpListener({ ...listenerOptions, submission: { authenticate, isImplicitTls: true } });
});

afterAll(async () => {
  await Promise.all([starttls.close(), implicit.close()]);
  await database.drop();
});

const client = (more: object = {}) =>
  nodemailer.createTransport({
    host: '127.0.0.1',
    port: starttls.port,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: 'anything', pass: key },
    ...more,
  } as Parameters<typeof nodemailer.createTransport>[0]);

const mail = (more: object = {}) => ({
  from: 'Shop <hello@shop.example.org>',
  to: 'ada@example.com',
  subject: 'Invoice 12',
  text: 'Thank you.\n.\n..dots',
  ...more,
});

const send = (more: object = {}, transport: object = {}) => client(transport).sendMail(mail(more)) as Promise<{ response: string }>;
const idIn = ({ response }: { response: string }) => /^250 2\.0\.0 queued as ([0-9a-f-]{36})$/.exec(response)![1]!;

async function stored(id: string) {
  const [message] = await source.query(
    'SELECT m.*, b.content FROM messages m JOIN message_bodies b ON b.message_id = m.id WHERE m.id = $1',
    [id],
  );
  const deliveries = await source.query('SELECT email FROM deliveries WHERE message_id = $1 ORDER BY email', [id]);
  return {
    message,
    raw: (message.content as Buffer).toString('latin1'),
    emails: deliveries.map((row: { email: string }) => row.email) as string[],
  };
}

describe('mail that is submitted', () => {
  it.each([
    ['after STARTTLS', () => ({})],
    ['over TLS from the first byte', () => ({ port: implicit.port, secure: true, requireTLS: false })],
  ])('%s is durable when it is answered, for everyone of the envelope', async (_, transport) => {
    const id = idIn(await send({ cc: 'bob@example.com', bcc: 'secret@example.com' }, transport()));
    const { message, raw, emails } = await stored(id);
    expect(emails).toEqual(['ada@example.com', 'bob@example.com', 'secret@example.com']);
    expect(message).toMatchObject({ origin: 'smtp', workspace_id: context.workspaceId, subject: 'Invoice 12' });
    expect(raw).not.toMatch(/secret@|127\.0\.0\.1/);
    expect(raw).toMatch(/^Received: by mail\.example\.org with ESMTPSA id /);
    expect(raw).toContain('\r\n.\r\n..dots');
  });

  it('gets the date and the id that its client left out', async () => {
    const raw = 'From: hello@shop.example.org\r\nTo: ada@example.com\r\nBcc: secret@example.com\r\n\r\nhello\r\n';
    const sent = await send({ raw, envelope: { from: 'hello@shop.example.org', to: ['ada@example.com'] } });
    const found = await stored(idIn(sent));
    expect(found.raw).toMatch(/\r\nDate: .* \+0000\r\n/);
    expect(found.raw).toMatch(/\r\nMessage-ID: <[0-9a-f]{32}@shop\.example\.org>\r\n/);
    expect(found.raw).not.toContain('Bcc');
  });

  it('carries options in fields that do not leave', async () => {
    const headers = {
      'X-Chapar-Tags': 'kind=invoice, team=billing',
      'X-Chapar-Metadata': '{"order": "12"}',
      'X-Chapar-Priority': 'high',
      'X-Chapar-Send-At': '2099-01-01T10:00:00Z',
      'X-Chapar-Stream': 'receipts',
    };
    await expect(send({ headers })).rejects.toMatchObject({ response: expect.stringContaining('scheduled_at') });
    const { message, raw } = await stored(idIn(await send({ headers: { ...headers, 'X-Chapar-Send-At': 'in 1 hour' } })));
    expect(message).toMatchObject({
      tags: [
        { name: 'kind', value: 'invoice' },
        { name: 'team', value: 'billing' },
      ],
      metadata: { order: '12' },
      stream: 'receipts',
      class: 0,
    });
    expect(message.scheduled_at).toBeInstanceOf(Date);
    expect(raw).not.toMatch(/x-chapar/i);
  });

  it('with an idempotency key is accepted once', async () => {
    const headers = { 'X-Chapar-Idempotency-Key': `order-${uuidv7()}` };
    const more = { headers, messageId: '<1@shop.example.org>', date: new Date(0) };
    const first = idIn(await send(more));
    expect(idIn(await send(more))).toBe(first);
    await expect(send({ ...more, subject: 'another' })).rejects.toMatchObject({
      responseCode: 554,
      response: expect.stringContaining('idempotency_key_reused'),
    });
  });

  it('keeps what its client asked to be told (RFC 3461)', async () => {
    const dsn = { id: 'env-1', return: 'headers', notify: ['failure', 'delay'], recipient: 'ada@example.com' };
    const { message } = await stored(idIn(await send({ dsn })));
    expect(message.dsn).toMatchObject({
      envelopeId: 'env-1',
      returns: 'headers',
      recipients: { 'ada@example.com': { notify: ['failure', 'delay'], originalRecipient: 'rfc822;ada@example.com' } },
    });
  });
});

it('malformed wishes of that kind are refused where they are said', async () => {
  const socket = (await import('node:tls')).connect({ port: implicit.port, host: '127.0.0.1', rejectUnauthorized: false });
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  const says = async (line: string, reply: RegExp) => {
    heard = '';
    socket.write(`${line}\r\n`);
    await expect.poll(() => heard, { timeout: 10_000 }).toMatch(reply);
  };
  await expect.poll(() => heard, { timeout: 10_000 }).toContain('220 ');
  await says('EHLO x.example', /^250 /m);
  await says(`AUTH PLAIN ${Buffer.from(`\0x\0${key}`).toString('base64')}`, /^235 /m);
  await says(`MAIL FROM:<hello@shop.example.org> ENVID=${'x'.repeat(101)}`, /^501 5\.5\.4/m);
  await says('MAIL FROM:<hello@shop.example.org> RET=FULL ENVID=a+2Bb', /^250 /m);
  await says('RCPT TO:<ada@example.com> NOTIFY=NEVER,FAILURE', /^501 /m);
  await says('RCPT TO:<ada@example.com> NOTIFY=SUCCESS', /^250 /m);
  socket.destroy();
});

describe('nothing is accepted', () => {
  const refused = async (sending: Promise<unknown>, code: number, text: string) => {
    const before = await source.query('SELECT count(*)::int AS n FROM messages');
    await expect(sending).rejects.toMatchObject({ responseCode: code, response: expect.stringContaining(text) });
    expect(await source.query('SELECT count(*)::int AS n FROM messages')).toEqual(before);
  };

  it('from those who did not sign in, nor for a wrong, revoked or foreign key', async () => {
    await refused(send({}, { auth: undefined }), 530, 'authentication');
    await refused(send({}, { auth: { user: 'x', pass: 'ck_live_12345678_12345678901234567890123456789012' } }), 535, '5.7.8');
    const gone = await keys.create(context, { name: 'gone', scope: 'sending' });
    await keys.revoke(context, gone.id);
    await refused(send({}, { auth: { user: 'x', pass: gone.key } }), 535, '5.7.8');
    const elsewhere = await keys.create(context, { name: 'elsewhere', scope: 'sending', allowedNetworks: ['192.0.2.0/24'] });
    await refused(send({}, { auth: { user: 'x', pass: elsewhere.key } }), 535, '5.7.8');
  });

  it('in the clear: no password is even asked for', async () => {
    await refused(send({}, { requireTLS: false, ignoreTLS: true }), 538, 'STARTTLS');
  });

  it('from a domain that is not verified, not of the workspace, or not of the key', async () => {
    await refused(send({ from: 'hello@new.example.org' }), 550, 'sender_domain_unverified');
    await refused(send({ from: 'hello@bank.example' }), 550, 'sender_domain_unverified');
    const bound = await keys.create(context, { name: 'bound', scope: 'sending', domain: 'shop.example.org' });
    await refused(send({ from: 'hello@other.example.org' }, { auth: { user: 'x', pass: bound.key } }), 550, 'sender_domain_refused');
  });

  it('with two authors, with unknown options, or to what is no address', async () => {
    const envelope = { from: 'hello@shop.example.org', to: ['ada@example.com'] };
    const two = 'From: hello@shop.example.org\r\nFrom: evil@bank.example\r\nTo: ada@example.com\r\n\r\nhello\r\n';
    await refused(send({ raw: two, envelope }), 554, 'sender_invalid');
    await refused(send({ headers: { 'X-Chapar-Trackopens': 'yes' } }), 554, 'no field that Chapar knows');
    await refused(send({ headers: { 'X-Chapar-Metadata': '[1]' } }), 554, 'not a JSON object');
    await refused(send({ envelope: { ...envelope, to: ['ada@-example-.com'] } }), 501, 'recipient address');
  });
});

it('more than there is memory for is put off, and nothing is held of it afterwards', async () => {
  const accepted: string[] = [];
  const acceptor = { accept: () => Promise.resolve({ response: { messages: [{ id: String(accepted.push('x')) }] }, isReplay: false }) };
  const intake = new SubmissionIntake(acceptor, () => new Date(), 1_000);
  const submitter = { context, apiKeyId: null, domain: null };
  const take = (size: number) =>
    intake.take(
      submitter,
      { from: '', to: ['a@example.com'] },
      Readable.from([Buffer.from('From: a@b.example\r\n\r\n'), Buffer.alloc(size, 65)]),
    );
  await expect(take(2_000)).rejects.toMatchObject({ code: 'accepting_overloaded', retry: 'later' });
  expect(await take(900)).toBe('1');
  expect(await take(900)).toBe('2');
});

it('a mailbox submits in its own names alone, with its password or one for SMTP', async () => {
  const { id } = await mailboxes.get(context, 'ann@shop.example.org');
  const smtp = await appPasswords.create(context, id, { name: 'phone', scopes: ['smtp'] });
  const imap = await appPasswords.create(context, id, { name: 'reader', scopes: ['imap'] });
  const as = (pass: string, from: string) => send({ from }, { auth: { user: 'ann@shop.example.org', pass } });
  for (const from of ['Ann <ann@shop.example.org>', 'anna@shop.example.org', 'ann+news@shop.example.org'])
    expect((await stored(idIn(await as(smtp.password, from)))).message).toMatchObject({
      api_key_id: null,
      workspace_id: context.workspaceId,
    });
  await as('correct horse battery', 'ann@shop.example.org');
  await expect(as(smtp.password, 'boss@shop.example.org')).rejects.toMatchObject({
    responseCode: 550,
    response: expect.stringContaining('sender_address_refused'),
  });
  await expect(as(imap.password, 'ann@shop.example.org')).rejects.toMatchObject({ responseCode: 535 });
  await expect(as('wrong password', 'ann@shop.example.org')).rejects.toMatchObject({ responseCode: 535 });
});

it('a key may submit as often as it may call the API, from whatever address, and others are not slowed', async () => {
  const other = await keys.create(context, { name: 'other', scope: 'sending' });
  const mayBegin = submissionRate(2, () => 0);
  const listener = await startSmtpListener({
    ...listenerOptions,
    submission: { authenticate: signIn(keys), mayBegin, isImplicitTls: false },
  });
  const begin = (pass: string) => send({}, { port: listener.port, auth: { user: 'x', pass } });
  try {
    await begin(key);
    await begin(key);
    await expect(begin(key)).rejects.toMatchObject({ responseCode: 450, response: expect.stringContaining('slow down') });
    await begin(other.key);
  } finally {
    await listener.close();
  }
});

it('who guesses keys on one connection is sent away', async () => {
  const socket = (await import('node:tls')).connect({ port: implicit.port, host: '127.0.0.1', rejectUnauthorized: false });
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  await expect.poll(() => heard).toContain('220 ');
  socket.write('EHLO x.example\r\n');
  await expect.poll(() => heard).toContain('250 ');
  const guess = `AUTH PLAIN ${Buffer.from('\0x\0ck_live_wrong').toString('base64')}\r\n`;
  for (let i = 0; i < 5; i++) {
    socket.write(guess);
    await expect.poll(() => heard.match(/^(535|421) /gm)?.length ?? 0, { timeout: 10_000 }).toBe(i + 1);
  }
  expect(heard).toMatch(/421 4\.7\.0 Too many failed sign-ins/);
});
