import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { silentLogger, systemActor } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { SuppressionService, audienceEntities } from '#domain/audience';
import { MessageFilter, Quarantine, type Scanners, SpamTraining } from '#domain/filtering';
import { UnsubscribeService, trackingEntities } from '#domain/tracking';
import { findFreePorts } from '#platform/ports';
import { FileBlobStore } from '#platform/blobs';
import type { JobTransport } from '#platform/jobs';
import { canUnpackDebianPrograms } from '#testing/debian-programs';
import { EICAR, type RunningScanner, startClamd } from '#testing/mail-scanners';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { type SentMail, bounceReport, complaintReport, letter, returnPathHost, sentMail, tokens } from './feedback.fixture.js';
import { INBOUND_ROUTE, InboundFiltering, releaseInbound } from './inbound-filtering.js';
import { InboundIntake } from './inbound-intake.js';
import { InboundProcessor } from './inbound-processor.js';
import { InboundRecipients } from './inbound-recipients.js';
import { drainInbound } from './inbound-work.js';
import { ThreadService } from './thread.service.js';

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';
const FRAUD =
  'Dear friend, I am barrister Cole, attorney to a deceased client who left $15.5 million US dollars without a next of kin. Your assistance as foreign partner is needed for the transfer of the funds to your bank account. This business proposal is strictly confidential.';

let database: TestDatabase;
let source: DataSource;
let folder: string;
let blobs: FileBlobStore;
let quarantine: Quarantine;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...audienceEntities, ...trackingEntities] });
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-blobs-'));
  blobs = new FileBlobStore(folder);
  quarantine = new Quarantine(source, { [INBOUND_ROUTE]: releaseInbound });
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

let mail: SentMail;
beforeEach(async () => {
  mail = await sentMail(source);
});

function processor(scanners: Partial<Scanners> = {}): InboundProcessor {
  const filter = new MessageFilter({
    training: new SpamTraining(source),
    scanners: { timeoutMs: 2_000, whenUnavailable: 'wait', ...scanners },
    mode: 'filter',
    hostname: 'mail.example.org',
    logger: silentLogger,
  });
  return new InboundProcessor({
    dataSource: source,
    blobs,
    tokens,
    suppressions: new SuppressionService(source),
    unsubscribes: new UnsubscribeService(source),
    logger: silentLogger,
    filtering: new InboundFiltering({ dataSource: source, blobs, filter, logger: silentLogger, retryMs: 3600_000 }),
  });
}

async function receive(recipient: string, raw: Buffer, mailFrom = 'sara@example.net', scanners: Partial<Scanners> = {}): Promise<void> {
  const jobs = { enqueue: async () => undefined } as unknown as JobTransport;
  const intake = new InboundIntake(source, new InboundRecipients(source, tokens), blobs, jobs, silentLogger);
  await intake.take({ mailFrom, recipients: [recipient] }, Readable.from([raw]));
  await drain(scanners);
}

const drain = (scanners: Partial<Scanners> = {}) => drainInbound(source, processor(scanners), new AbortController().signal);
const context = () => systemActor(mail.workspaceId, 'test');
const rows = () =>
  source.query('SELECT kind, spam_verdict AS verdict, spam_score AS score FROM inbound_messages WHERE workspace_id = $1 ORDER BY id', [
    mail.workspaceId,
  ]);
const received = async () =>
  (await source.query(`SELECT payload FROM outbox WHERE workspace_id = $1 AND topic = 'email.received'`, [mail.workspaceId])).length;
const reply = (text: string, subject = 'Re: News') =>
  Buffer.from(
    `From: Sara <sara@example.net>\r\nTo: x@example.org\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <r${text.length}@example.net>\r\nSubject: ${subject}\r\n\r\n${text}\r\n`,
  );

describe('an answer', () => {
  it('of a person is read as before, with its score', async () => {
    await receive(mail.replyTo, reply('ممنون از خبرنامه‌ی شما، لطفاً نشانی فروشگاه را بفرستید.'));
    expect(await rows()).toEqual([{ kind: 'reply', verdict: 'ham', score: expect.any(Number) }]);
    expect(await received()).toBe(1);
  });

  it('that is junk begins a conversation in Junk, of which nothing is told, until somebody says that it is none', async () => {
    await receive(mail.replyTo, reply(FRAUD, 'Business proposal'));
    expect(await rows()).toMatchObject([{ kind: 'junk', verdict: 'junk' }]);
    expect(await received()).toBe(0);
    const threads = new ThreadService(source);
    expect((await threads.list(context())).threads).toEqual([]);
    const [junk] = (await threads.list(context(), { isJunk: true })).threads;
    await threads.setJunk(context(), junk!.id, false, 'Sara');
    await drain();
    await drain();
    expect(await rows()).toMatchObject([{ kind: 'reply', verdict: 'released' }]);
    expect(await received()).toBe(1);
    expect((await threads.list(context())).threads).toMatchObject([{ id: junk!.id, isJunk: false, isOpen: true, messageCount: 2 }]);
    expect(await source.query('SELECT kind FROM spam_moves WHERE workspace_id = $1', [mail.workspaceId])).toEqual([{ kind: 'ham' }]);
  });

  it('that was taken for junk joins the conversation it belongs to', async () => {
    const threads = new ThreadService(source);
    await receive(mail.replyTo, reply('Thanks!'));
    await receive(mail.replyTo, reply(FRAUD, 'Business proposal'));
    const [junk] = (await threads.list(context(), { isJunk: true })).threads;
    const [genuine] = (await threads.list(context())).threads;
    expect((await threads.get(context(), genuine!.id)).messages.map(({ kind }) => kind)).toEqual(['sent', 'reply']);
    await threads.setJunk(context(), junk!.id, false, 'Sara');
    await drain();
    expect((await threads.list(context())).threads.map(({ id }) => id)).toEqual([genuine!.id]);
    expect((await threads.get(context(), genuine!.id)).messages.map(({ kind }) => kind)).toEqual(['sent', 'reply', 'reply']);
  });

  it('with a program waits in quarantine, and goes its normal way once when it is released', async () => {
    const raw = Buffer.from(
      [
        'From: sara@example.net',
        `Date: ${new Date().toUTCString()}`,
        'Message-ID: <p@example.net>',
        'Subject: Re: News',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        '',
        'Here is the file.',
        '--b',
        'Content-Disposition: attachment; filename=setup.exe',
        '',
        'x',
        '--b--',
        '',
      ].join('\r\n'),
    );
    await receive(mail.replyTo, raw);
    expect(await rows()).toMatchObject([{ kind: 'quarantined' }]);
    expect(await received()).toBe(0);
    const { messages } = await quarantine.list(context());
    expect(messages).toMatchObject([{ cause: 'risk', subject: 'Re: News', headerFrom: 'sara@example.net' }]);
    await quarantine.release(context(), [messages[0]!.id], 'Sara');
    await drain();
    await quarantine.release(context(), [messages[0]!.id], 'Sara');
    await drain();
    expect(await rows()).toMatchObject([{ kind: 'reply', verdict: 'released' }]);
    expect(await received()).toBe(1);
  });

  it('that is surely spam waits in quarantine', async () => {
    await receive(mail.replyTo, reply(GTUBE));
    expect((await quarantine.list(context())).messages).toMatchObject([{ cause: 'spam' }]);
  });
});

describe.skipIf(!canUnpackDebianPrograms)('an answer with a virus', () => {
  let clamav: RunningScanner;
  beforeAll(async () => (clamav = await startClamd()));
  afterAll(() => clamav?.stop());

  it('waits in quarantine with the name that ClamAV gives it', async () => {
    const file = Buffer.from(EICAR).toString('base64');
    const raw = `From: sara@example.net\r\nSubject: Re: News\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Disposition: attachment; filename=a.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n${file}\r\n--b--\r\n`;
    await receive(mail.replyTo, Buffer.from(raw), undefined, { clamav });
    await receive(mail.replyTo, reply('Thanks!'), undefined, { clamav });
    const { messages } = await quarantine.list(context());
    expect(messages).toMatchObject([{ cause: 'virus' }]);
    expect(messages[0]!.reasons).toContainEqual(expect.objectContaining({ rule: 'virus', sentence: expect.stringContaining('Eicar') }));
    expect(await rows()).toMatchObject([{ kind: 'quarantined' }, { kind: 'reply' }]);
  });
});

describe('reports with a signed token', () => {
  it('are never junk, whatever they return', async () => {
    const spam = Buffer.from(bounceReport(mail).toString().replace('Your message could not be delivered.', `${GTUBE} ${FRAUD}`));
    await receive(mail.returnPath, spam, '');
    await receive(
      `fbl@${returnPathHost}`,
      Buffer.from(
        complaintReport([`Return-Path: <${mail.returnPath}>`])
          .toString()
          .replace('text\r\n', `${GTUBE}\r\n`),
      ),
    );
    expect(await rows()).toMatchObject([
      { kind: 'bounce', verdict: 'unjudged' },
      { kind: 'complaint', verdict: 'unjudged' },
    ]);
    expect((await quarantine.list(context())).messages).toEqual([]);
  });
});

describe('a scanner that does not answer', () => {
  it('lets mail wait, which is read when it answers again', async () => {
    const clamav = { host: '127.0.0.1', port: await findFreePorts(1) };
    await receive(mail.replyTo, reply('Thanks!'), undefined, { clamav });
    expect(await rows()).toMatchObject([{ kind: 'waiting', verdict: null }]);
    // Not before its time.
    await drain();
    expect(await rows()).toMatchObject([{ kind: 'waiting' }]);
    await source.query('UPDATE inbound_messages SET due_at = now() WHERE workspace_id = $1', [mail.workspaceId]);
    await drain();
    expect(await rows()).toMatchObject([{ kind: 'reply', verdict: 'ham' }]);
  });

  it('is passed by where that is the policy', async () => {
    const clamav = { host: '127.0.0.1', port: await findFreePorts(1) };
    await receive(mail.replyTo, letter('Re: News'), undefined, { clamav, whenUnavailable: 'pass' });
    expect(await rows()).toMatchObject([{ kind: 'reply', verdict: 'ham' }]);
  });
});
