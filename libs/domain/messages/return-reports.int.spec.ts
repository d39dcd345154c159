import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { type DeliveryEngine, ReturnReports } from '#domain/sending';
import { templatesEntities } from '#domain/templates';
import { FileBlobStore } from '#platform/blobs';
import { readReport } from '#protocol/dsn';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { SmtpSink, type SunkMessage } from '#testing/smtp-sink';
import { messagesEntities } from './index.js';
import type { MessageAcceptor } from './message-acceptor.js';
import type { DsnRequest } from './message-draft.js';
import { acceptorFor, createWorkspace, engineTo, eventually, sendingDomain, testFolder } from './messages.fixture.js';

/** Submitted mail, what servers make of it, and what its senders hear: our own queue, acceptor and SMTP, with nothing in between. */
let database: TestDatabase;
let source: DataSource;
let sink: SmtpSink;
let acceptor: MessageAcceptor;
let engine: DeliveryEngine;
let context: ActorContext;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...templatesEntities, ...messagesEntities], poolSize: 20 });
  sink = await SmtpSink.listen({
    keepsContent: true,
    onRecipient: (to) => (to.startsWith('gone') ? '550 5.1.1 No such user' : to.startsWith('busy') ? '450 4.2.1 Later' : undefined),
  });
  folder = testFolder();
  acceptor = acceptorFor(source, folder, sink.port);
  engine = engineTo(source, folder, sink.port);
  await engine.start();
});
beforeEach(async () => {
  context = await createWorkspace(source);
});
afterEach(() => void sink.messages.splice(0));
afterAll(async () => {
  await engine.stop(2_000);
  await sink.close();
  await database.drop();
});

async function submit(to: readonly string[], more: { dsn?: DsnRequest; from?: string; text?: string } = {}): Promise<string> {
  const { from = `hello@${sendingDomain}`, dsn, text = 'Hello.' } = more;
  const raw = Buffer.from(
    `From: hello@${sendingDomain}\r\nTo: ${to.join(', ')}\r\nSubject: Order 7\r\nMessage-ID: <m1@${sendingDomain}>\r\n\r\n${text}\r\n`,
  );
  const { response } = await acceptor.accept(context, [{ raw, envelope: { from, to }, ...(dsn && { dsn }) }]);
  return (response as { messages: { id: string }[] }).messages[0]!.id;
}

/** Every recipient has had so many attempts. */
const attempted = (id: string, outcomes: readonly number[]) =>
  eventually(
    () =>
      source.query(
        'SELECT DISTINCT a.delivery_id, a.outcome FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.message_id = $1',
        [id],
      ) as Promise<{ outcome: number }[]>,
    (rows) => outcomes.every((outcome) => rows.some((row) => row.outcome === outcome)),
  );

/** Reads the whole ledger, however often: that nothing is told twice does not rest on the cursor alone. */
async function reports(more: { delayedAfterMs?: number } = {}): Promise<number> {
  await source.query('DELETE FROM ledger_cursors');
  return new ReturnReports({
    dataSource: source,
    sites: {
      lookup: (domains) => Promise.resolve(new Map(domains.map((domain) => [domain, { site: `domain:${domain}`, provider: 'default' }]))),
    },
    blobs: new FileBlobStore(folder),
    hostname: 'mail.example.org',
    clock: { now: () => new Date(Date.now() + 2_000) },
    settleMs: 0,
    ...more,
  }).run();
}

const toSender = (): Promise<SunkMessage[]> =>
  eventually(
    () => sink.messages.filter(({ rcptTo }) => rcptTo === `hello@${sendingDomain}`),
    (messages) => messages.length > 0,
  );

describe('reports to whoever submitted mail', () => {
  it('tell of a failure once, from nobody, with what the server said', async () => {
    const id = await submit(['gone@example.com', 'ann@example.com']);
    await attempted(id, [1, 3]);
    expect(await reports()).toBe(1);
    const [report] = await toSender();
    expect(report!.mailFrom).toBe('');
    expect(readReport(report!.content, { envelopeSender: '' })).toMatchObject({
      kind: 'bounce',
      recipient: 'gone@example.com',
      permanent: true,
      enhancedCode: '5.1.1',
      reason: expect.stringContaining('No such user'),
      originalMessageId: `m1@${sendingDomain}`,
    });
    expect(report!.content.toString()).toMatch(/^DKIM-Signature: /m);
    expect(report!.content.toString()).not.toContain('Hello.');
    expect(await reports()).toBe(0);
  });

  it('give back what RET, ENVID and ORCPT ask for', async () => {
    const id = await submit(['gone@example.com'], {
      dsn: {
        envelopeId: 'order 7',
        returns: 'full',
        recipients: { 'gone@example.com': { notify: ['failure'], originalRecipient: 'rfc822;old+40example.com' } },
      },
    });
    await attempted(id, [3]);
    await reports();
    const text = (await toSender())[0]!.content.toString();
    expect(text).toContain('Original-Envelope-Id: order 7');
    expect(text).toContain('Original-Recipient: rfc822; old@example.com');
    expect(text).toMatch(/Content-Type: message\/rfc822\r\n\r\n[^]*Hello\./);
  });

  it('say that it takes long, once, and that it was handed on, if that was asked for', async () => {
    const id = await submit(['busy@example.com', 'ann@example.com'], {
      dsn: { recipients: { 'ann@example.com': { notify: ['SUCCESS'] }, 'busy@example.com': { notify: ['DELAY'] } } },
    });
    await attempted(id, [1, 2]);
    expect(await reports({ delayedAfterMs: 0 })).toBe(2);
    const texts = await eventually(
      () => sink.messages.filter(({ rcptTo }) => rcptTo === `hello@${sendingDomain}`).map(({ content }) => content.toString()),
      (all) => all.length === 2,
    );
    expect(texts.find((text) => text.includes('Action: delayed'))).toMatch(/busy@example\.com[^]*Will-Retry-Until: /);
    expect(texts.find((text) => text.includes('Action: relayed'))).toContain('Status: 2.1.9');
    expect(await reports({ delayedAfterMs: 0 })).toBe(0);
  });

  it.each<[string, { dsn?: DsnRequest; from?: string }]>([
    ['who wants none', { dsn: { recipients: { 'gone@example.com': { notify: ['NEVER'] } } } }],
    ['the null sender', { from: '' }],
  ])('never go to %s', async (_name, more) => {
    const id = await submit(['gone@example.com'], more);
    await attempted(id, [3]);
    expect(await reports()).toBe(0);
  });

  it('are not made of mail by the API, nor of reports that fail themselves', async () => {
    const { response } = await acceptor.accept(context, [
      { from: `hello@${sendingDomain}`, to: ['gone@example.com'], subject: 'x', text: 'y' },
    ]);
    await attempted((response as { messages: { id: string }[] }).messages[0]!.id, [3]);
    expect(await reports()).toBe(0);
    const id = await submit(['gone-as-well@example.com'], { from: `gone-too@${sendingDomain}` });
    await attempted(id, [3]);
    expect(await reports()).toBe(1);
    const [{ message_id }] = await source.query(
      `SELECT d.message_id FROM return_reports r JOIN deliveries d ON d.id = r.report_delivery_id WHERE r.workspace_id = $1`,
      [context.workspaceId],
    );
    await attempted(message_id as string, [3]);
    expect(await reports()).toBe(0);
  });

  it('tell of addresses that the workspace does not write to', async () => {
    await source.query(`INSERT INTO suppressions (workspace_id, address_key, reason) VALUES ($1, 'sara@example.com', 'complaint')`, [
      context.workspaceId,
    ]);
    await attempted(await submit(['sara@example.com']), [7]);
    expect(await reports()).toBe(1);
    expect((await toSender())[0]!.content.toString()).toMatch(/Status: 5\.7\.1/);
  });
});
