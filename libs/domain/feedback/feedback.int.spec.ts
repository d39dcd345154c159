import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { Actor, DeliveryKind, EventKind, Outcome, type ReceptionSignals, Via } from '#base/contracts';
import { silentLogger, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { SuppressionService, audienceEntities } from '#domain/audience';
import { UnsubscribeService, trackingEntities } from '#domain/tracking';
import { FileBlobStore } from '#platform/blobs';
import type { JobTransport } from '#platform/jobs';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import {
  type SentMail,
  bounceReport,
  complaintReport,
  letter,
  receptionOf,
  recordOutcome,
  returnPathHost,
  sentMail,
  tokens,
  urls,
} from './feedback.fixture.js';
import { InboundIntake } from './inbound-intake.js';
import { InboundProcessor } from './inbound-processor.js';
import { InboundRecipients } from './inbound-recipients.js';
import { drainInbound } from './inbound-work.js';
import { ThreadService } from './thread.service.js';

let database: TestDatabase;
let source: DataSource;
let folder: string;
let intake: InboundIntake;
let processor: InboundProcessor;
let recipients: InboundRecipients;
let tickets: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...audienceEntities, ...trackingEntities] });
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-blobs-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

beforeEach(() => {
  tickets = [];
  const jobs = { enqueue: async (job: { name: string }) => void tickets.push(job.name) } as unknown as JobTransport;
  const blobs = new FileBlobStore(folder);
  recipients = new InboundRecipients(source, tokens);
  intake = new InboundIntake(source, recipients, blobs, jobs, silentLogger);
  processor = new InboundProcessor({
    dataSource: source,
    blobs,
    tokens,
    suppressions: new SuppressionService(source),
    unsubscribes: new UnsubscribeService(source),
    logger: silentLogger,
  });
});

const take = (recipient: string, raw: Buffer, mailFrom = '', reception?: ReceptionSignals) =>
  intake.take({ mailFrom, recipients: [recipient], ...(reception && { reception: () => reception }) }, Readable.from([raw]));
const drain = () => drainInbound(source, processor, new AbortController().signal);

async function receive(recipient: string, raw: Buffer, mailFrom = '', reception?: ReceptionSignals): Promise<void> {
  await take(recipient, raw, mailFrom, reception);
  await drain();
}

async function counters(mail: SentMail): Promise<Record<string, number>> {
  const rows: { metric: string; dimension: string; value: string }[] = await source.query(
    'SELECT metric, dimension, value FROM counters WHERE campaign_id = $1 AND value <> 0 ORDER BY metric',
    [mail.campaignId],
  );
  return Object.fromEntries(rows.map(({ metric, dimension, value }) => [`${metric}${dimension && `.${dimension}`}`, Number(value)]));
}

const events = (mail: SentMail) =>
  source.query('SELECT kind, actor, campaign_id FROM events WHERE delivery_id = $1 ORDER BY id', [mail.deliveryId]) as Promise<
    { kind: number; actor: number; campaign_id: string | null }[]
  >;
const suppressions = async (mail: SentMail) =>
  (await source.query('SELECT address_key, reason FROM suppressions WHERE workspace_id = $1', [mail.workspaceId])) as object[];
const inbound = async (mail: SentMail) =>
  (await source.query(
    'SELECT kind, subject, processed_at IS NOT NULL AS done, detail, campaign_id, delivery_id FROM inbound_messages WHERE workspace_id = $1 ORDER BY id',
    [mail.workspaceId],
  )) as { kind: string; subject: string; done: boolean; detail: Record<string, unknown>; campaign_id: string; delivery_id: string }[];

describe('addresses', () => {
  it('takes what the mail itself named, in any case, and nothing else', async () => {
    const mail = await sentMail(source);
    expect(await recipients.find(mail.returnPath)).toMatchObject({ workspaceId: mail.workspaceId, claim: { kind: 'bounce' } });
    expect(await recipients.find(mail.replyTo.toUpperCase())).toMatchObject({ claim: { kind: 'reply', deliveryId: mail.deliveryId } });
    expect(await recipients.find(`fbl@${returnPathHost}`)).toMatchObject({ claim: { kind: 'feedback-loop' } });
    for (const wrong of [
      `b-${tokens.sign('reply', mail.deliveryId)}@${returnPathHost}`,
      `b-${tokens.sign('bounce', mail.deliveryId)}@elsewhere.example`,
      `b-${'a'.repeat(32)}@${returnPathHost}`,
      `postmaster@${returnPathHost}`,
      `@${returnPathHost}`,
      'fbl',
    ])
      expect(await recipients.find(wrong)).toBeUndefined();
  });

  it('forgets deliveries whose retention is over', async () => {
    const mail = await sentMail(source);
    await source.query('DELETE FROM deliveries WHERE id = $1', [mail.deliveryId]);
    expect(await recipients.find(mail.returnPath)).toBeUndefined();
  });
});

describe('a late bounce', () => {
  it('turns a delivered recipient into a bounced one, once, and suppresses the address', async () => {
    const mail = await sentMail(source);
    await take(mail.returnPath, bounceReport(mail));
    await take(mail.returnPath, bounceReport(mail));
    expect(tickets).toEqual(['feedback.inbound', 'feedback.inbound']);
    await drain();
    await receive(mail.returnPath, bounceReport(mail));
    expect(await counters(mail)).toEqual({ 'accepted.default': 1, 'late_bounced.invalid-recipient': 1 });
    const [attempt, ...more] = await source.query('SELECT * FROM attempts WHERE delivery_id = $1 AND via = $2', [mail.deliveryId, Via.dsn]);
    expect(more).toEqual([]);
    expect(attempt).toMatchObject({ outcome: Outcome.bounced, bounce_class: 'invalid-recipient', enhanced_code: '5.1.1', number: 1 });
    expect(attempt.reply).toContain('User unknown');
    expect(await suppressions(mail)).toEqual([{ address_key: 'sara@example.net', reason: 'hard-bounce' }]);
    expect(await events(mail)).toEqual([{ kind: EventKind.bounce, actor: Actor.machine, campaign_id: mail.campaignId }]);
    expect((await inbound(mail)).map(({ kind, detail }) => [kind, detail['effect']])).toEqual([
      ['bounce', 'recorded'],
      ['bounce', 'known'],
      ['bounce', 'known'],
    ]);
  });

  it('does not suppress an address whose mailbox is full', async () => {
    const mail = await sentMail(source);
    await receive(mail.returnPath, bounceReport(mail, '5.2.2', '552 5.2.2 Mailbox full'));
    expect(await counters(mail)).toMatchObject({ 'late_bounced.mailbox-full': 1 });
    expect(await suppressions(mail)).toEqual([]);
  });

  it('settles what was unknown', async () => {
    const mail = await sentMail(source, Outcome.unknown);
    await source.query(`UPDATE counters SET dimension = '' WHERE campaign_id = $1`, [mail.campaignId]);
    await receive(mail.returnPath, bounceReport(mail));
    expect(await counters(mail)).toEqual({ 'accepted.default': 1, 'late_bounced.invalid-recipient': 1 });
  });

  it('with a NUL in its words is read like any other', async () => {
    const mail = await sentMail(source);
    await receive(mail.returnPath, bounceReport(mail, '5.1.1', '550 5.1.1 no\0such user'));
    expect(await inbound(mail)).toMatchObject([{ kind: 'bounce', detail: { effect: 'recorded' } }]);
    expect(await suppressions(mail)).toHaveLength(1);
  });

  it('changes nothing about mail that was refused anyway', async () => {
    const mail = await sentMail(source, Outcome.bounced);
    await receive(mail.returnPath, bounceReport(mail));
    expect(await counters(mail)).toEqual({});
    expect(await inbound(mail)).toMatchObject([{ kind: 'bounce', done: true, detail: { effect: 'known' } }]);
  });

  it.each([null, Outcome.deferred])('waits until our own record of the delivery is final (%s)', async (outcome) => {
    const mail = await sentMail(source, outcome);
    await receive(mail.returnPath, bounceReport(mail));
    expect(await inbound(mail)).toMatchObject([{ kind: 'waiting', done: false }]);
    await recordOutcome(source, mail, Outcome.delivered, 2);
    await drain();
    expect(await inbound(mail)).toMatchObject([{ kind: 'bounce', done: true }]);
    expect(await counters(mail)).toMatchObject({ 'late_bounced.invalid-recipient': 1 });
  });

  it('of test mail is in no figure', async () => {
    const mail = await sentMail(source, Outcome.delivered, DeliveryKind.test);
    await receive(mail.returnPath, bounceReport(mail));
    expect(await counters(mail)).toEqual({ 'accepted.default': 1 });
    expect(await events(mail)).toMatchObject([{ campaign_id: null }]);
  });
});

describe('a complaint', () => {
  it('with our return path inside is believed: counted once, and the address is suppressed', async () => {
    const mail = await sentMail(source);
    const report = complaintReport([`Return-Path: <${mail.returnPath}>`]);
    await receive(`fbl@${returnPathHost}`, report, 'fbl@provider.example');
    await receive(`fbl@${returnPathHost}`, report, 'fbl@provider.example');
    expect(await counters(mail)).toMatchObject({ complained: 1 });
    expect(await suppressions(mail)).toEqual([{ address_key: 'sara@example.net', reason: 'complaint' }]);
    expect((await inbound(mail))[0]).toMatchObject({ kind: 'complaint', delivery_id: mail.deliveryId, campaign_id: mail.campaignId });
  });

  it('with our unsubscribe link inside is believed', async () => {
    const mail = await sentMail(source);
    await receive(`fbl@${returnPathHost}`, complaintReport([`List-Unsubscribe: <${urls.unsubscribe(mail.deliveryId)}>`]));
    expect(await counters(mail)).toMatchObject({ complained: 1 });
  });

  it('that only names an address, or our Message-ID, is kept and not believed', async () => {
    const mail = await sentMail(source);
    await receive(
      `fbl@${returnPathHost}`,
      complaintReport([`To: ${mail.email}`, `Message-ID: <${BigInt(mail.deliveryId).toString(36)}.chapar@news.example.org>`]),
    );
    expect(await counters(mail)).toEqual({ 'accepted.default': 1 });
    expect(await suppressions(mail)).toEqual([]);
  });
});

describe('answers', () => {
  it('a reply is a person’s, tied to its campaign', async () => {
    const mail = await sentMail(source);
    await receive(mail.replyTo, letter('Re: News'), 'sara@example.net');
    expect(await counters(mail)).toMatchObject({ replied: 1 });
    expect(await events(mail)).toMatchObject([{ kind: EventKind.reply, actor: Actor.human }]);
    expect(await inbound(mail)).toMatchObject([{ kind: 'reply', subject: 'Re: News', campaign_id: mail.campaignId }]);
  });

  it('an out-of-office note is a machine’s, at either address', async () => {
    const mail = await sentMail(source);
    const note = letter('Out of office', ['Auto-Submitted: auto-replied']);
    await receive(mail.returnPath, note);
    await receive(mail.replyTo, note);
    expect(await counters(mail)).toMatchObject({ auto_replied: 1 });
    expect((await counters(mail))['replied']).toBeUndefined();
    expect(await events(mail)).toMatchObject([{ actor: Actor.machine }, { actor: Actor.machine }]);
  });

  it('mail to the List-Unsubscribe address unsubscribes', async () => {
    const mail = await sentMail(source);
    await receive(mail.replyTo, letter('unsubscribe'), 'sara@example.net');
    const [{ status }] = await source.query('SELECT status FROM list_memberships WHERE list_id = $1', [mail.listId]);
    expect(status).toBe('unsubscribed');
    expect(await counters(mail)).toMatchObject({ unsubscribed: 1 });
  });
});

describe('trouble', () => {
  it('a message to two recipients of two workspaces is kept once for each', async () => {
    const [one, two] = [await sentMail(source), await sentMail(source)];
    await intake.take({ mailFrom: '', recipients: [one.replyTo, two.replyTo] }, Readable.from([letter('Re: both')]));
    await drain();
    for (const mail of [one, two]) {
      expect(await inbound(mail)).toMatchObject([{ kind: 'reply' }]);
      expect(readdirSync(path.join(folder, mail.workspaceId))).toHaveLength(1);
    }
  });

  it('bytes of any kind are settled, and hold nothing up', async () => {
    const mail = await sentMail(source);
    for (const raw of [
      Buffer.alloc(0),
      Buffer.alloc(3000, 0),
      Buffer.from('Subject: \ud800 a\u0000b\r\n\r\n\u0000', 'utf16le'),
      letter('a\u0000b'),
    ])
      await take(mail.replyTo, raw);
    await drain();
    expect((await inbound(mail)).every(({ done }) => done)).toBe(true);
  });

  it('a message whose bytes are lost is set aside after five tries', async () => {
    const mail = await sentMail(source);
    await take(mail.replyTo, letter('lost'));
    rmSync(path.join(folder, mail.workspaceId), { recursive: true });
    for (let round = 0; round < 4; round++) await drain();
    expect(await inbound(mail)).toMatchObject([{ done: false }]);
    await drain();
    expect(await inbound(mail)).toMatchObject([{ kind: 'unreadable', done: true, detail: { failures: 5 } }]);
  });

  it('workers that read at once count once', async () => {
    const mail = await sentMail(source);
    for (let i = 0; i < 20; i++) await take(mail.returnPath, bounceReport(mail));
    await Promise.all([drain(), drain(), drain()]);
    await drain();
    expect(await counters(mail)).toEqual({ 'accepted.default': 1, 'late_bounced.invalid-recipient': 1 });
    expect((await inbound(mail)).filter(({ detail }) => detail['effect'] === 'recorded')).toHaveLength(1);
  });
});

describe('an answer', () => {
  const outbox = (mail: SentMail) =>
    source.query(`SELECT topic, payload FROM outbox WHERE workspace_id = $1 ORDER BY id`, [mail.workspaceId]) as Promise<
      { topic: string; payload: Record<string, unknown> }[]
    >;
  const from = (address: string, subject: string, text: string, extra: readonly string[] = []) =>
    Buffer.from(
      [`From: ${address}`, `Subject: ${subject}`, ...extra, 'Content-Type: text/plain; charset=utf-8', '', text, ''].join('\r\n'),
    );

  it('joins the conversation of its mail, with what follows it, and others hear of it', async () => {
    const mail = await sentMail(source);
    const first = from(mail.email, 'Re: News', 'How much is it?\r\n\r\nOn Monday, Shop wrote:\r\n> unsubscribe me', [
      'In-Reply-To: <sent@news.example.org>',
      'Message-ID: <a1@example.net>',
    ]);
    await receive(mail.replyTo, first, mail.email);
    await receive(
      mail.replyTo,
      from(mail.email, 'AW: News', 'Thanks!', ['References: <sent@news.example.org> <a1@example.net>']),
      mail.email,
    );
    const threads = new ThreadService(source);
    const context = systemActor(mail.workspaceId, 'test');
    const { threads: found } = await threads.list(context, { campaignId: mail.campaignId });
    expect(found).toMatchObject([
      { subject: 'News', address: 'sara@example.net', contactId: mail.contactId, messageCount: 3, isOpen: true },
    ]);
    const { messages } = await threads.get(context, found[0]!.id);
    expect(messages.map(({ direction, kind, messageId, snippet }) => [direction, kind, messageId, snippet])).toEqual([
      ['out', 'sent', 'sent@news.example.org', ''],
      ['in', 'reply', 'a1@example.net', 'How much is it?'],
      ['in', 'reply', '', 'Thanks!'],
    ]);
    expect((await outbox(mail)).map(({ topic, payload }) => [topic, payload['kind'], payload['threadId']])).toEqual([
      ['email.received', 'reply', found[0]!.id],
      ['email.received', 'reply', found[0]!.id],
    ]);
    await expect(threads.get(systemActor(uuidv7(), 'x'), found[0]!.id)).rejects.toMatchObject({ code: 'thread_not_found' });
    // What was quoted is nobody's wish.
    expect(await suppressions(mail)).toEqual([]);
  });

  it('that asks for no more mail unsubscribes its writer, with a record of when and in which words', async () => {
    const mail = await sentMail(source);
    await receive(mail.replyTo, from(mail.email, 'Re: News', 'لطفاً من را از لیست حذف کنید.'), mail.email);
    expect(await inbound(mail)).toMatchObject([{ kind: 'unsubscribe' }]);
    expect(await events(mail)).toMatchObject([{ kind: EventKind.unsubscribe, actor: Actor.human }]);
    expect(await counters(mail)).toMatchObject({ unsubscribed: 1 });
    const [row] = await source.query('SELECT reason, scope, source, detail FROM suppressions WHERE workspace_id = $1', [mail.workspaceId]);
    expect(row).toMatchObject({ reason: 'unsubscribe', scope: 'marketing', source: 'reply', detail: expect.stringContaining('حذف کنید') });
  });

  it('in the name of the person, which the domain of that name disowns, unsubscribes nobody and joins no conversation with the person', async () => {
    const mail = await sentMail(source);
    const wantsOut = from(mail.email, 'Re: News', 'Please unsubscribe me from this list.');
    await receive(mail.replyTo, wantsOut, mail.email, receptionOf({ dmarc: { result: 'fail', policy: 'reject' } }));
    expect(await inbound(mail)).toMatchObject([{ kind: 'junk' }]);
    expect(await events(mail)).toEqual([]);
    expect(await counters(mail)).toEqual({ 'accepted.default': 1 });
    expect(await source.query('SELECT is_junk FROM threads WHERE delivery_id = $1', [mail.deliveryId])).toEqual([{ is_junk: true }]);
    // Where the domain asks for nothing it is read as an answer, and what it asks for is left to people.
    await receive(mail.replyTo, wantsOut, mail.email, receptionOf({ dmarc: { result: 'fail', policy: 'none' } }));
    expect(await inbound(mail)).toMatchObject([{ kind: 'junk' }, { kind: 'reply', detail: { wantsOut: true } }]);
    expect(await suppressions(mail)).toEqual([]);
    // And when it is proved, it is done.
    await receive(mail.replyTo, wantsOut, mail.email, receptionOf({ dmarc: { result: 'pass', policy: 'reject' } }));
    expect((await inbound(mail)).map(({ kind }) => kind)).toEqual(['junk', 'reply', 'unsubscribe']);
  });

  it('of somebody else to whom the mail was forwarded unsubscribes nobody', async () => {
    const mail = await sentMail(source);
    await receive(mail.replyTo, from('stranger@example.net', 'Re: News', 'Unsubscribe me'), 'stranger@example.net');
    expect(await inbound(mail)).toMatchObject([{ kind: 'reply', detail: { wantsOut: true } }]);
    expect(await suppressions(mail)).toEqual([]);
  });
});
