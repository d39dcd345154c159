import { createHash, randomBytes } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type ActorContext, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import type { DeliveryEngine } from '#domain/sending';
import { templatesEntities } from '#domain/templates';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { SmtpSink, type SunkMessage } from '#testing/smtp-sink';
import { messagesEntities } from './index.js';
import type { AcceptedMessages, MessageAcceptor } from './message-acceptor.js';
import type { MessageDraft, Submission } from './message-draft.js';
import { acceptorFor, createWorkspace, dkimRecord, engineTo, eventually, sendingDomain, testFolder } from './messages.fixture.js';

let database: TestDatabase;
let source: DataSource;
let sink: SmtpSink;
let acceptor: MessageAcceptor;
let engine: DeliveryEngine;
let context: ActorContext;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...templatesEntities, ...messagesEntities], poolSize: 20 });
  sink = await SmtpSink.listen({ keepsContent: true });
  const folder = testFolder();
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

const draft = (more: Partial<MessageDraft> = {}): MessageDraft => ({
  from: `Chapar <hello@${sendingDomain}>`,
  to: ['ann@example.com'],
  subject: 'Salam',
  html: '<p>Hello <a href="https://example.org/x?a=1&amp;b=2">there</a></p>',
  ...more,
});

async function accept(
  submissions: readonly Submission[],
  options: Parameters<MessageAcceptor['accept']>[2] = {},
): Promise<AcceptedMessages> {
  return (await acceptor.accept(context, submissions, options)).response as AcceptedMessages;
}

const arrived = (count: number): Promise<readonly SunkMessage[]> =>
  eventually(
    () => sink.messages,
    (messages) => messages.length >= count,
  );

async function dkim(message: SunkMessage): Promise<string[]> {
  const { results } = await dkimVerify(message.content, {
    resolver: (name: string, type: string) =>
      name === `e1._domainkey.${sendingDomain}` && type === 'TXT'
        ? Promise.resolve([[dkimRecord]])
        : Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' })),
  });
  return results.map(({ status }) => status.result);
}

const count = async (table: string) =>
  ((await source.query(`SELECT count(*)::int AS n FROM ${table} WHERE workspace_id = $1`, [context.workspaceId])) as [{ n: number }])[0].n;

describe('an accepted message', () => {
  it('reaches everyone of to, cc and bcc, signed, and nobody reads who was in bcc', async () => {
    await accept([
      draft({ to: ['Ann <ann@example.com>'], cc: ['bob@example.net'], bcc: ['eve@example.com'], replyTo: ['desk@example.org'] }),
    ]);
    const messages = await arrived(3);
    expect(messages.map(({ rcptTo }) => rcptTo).sort()).toEqual(['ann@example.com', 'bob@example.net', 'eve@example.com']);
    for (const message of messages) {
      expect(await dkim(message)).toEqual(['pass']);
      const mail = await simpleParser(message.content);
      expect(mail.from?.text).toBe(`"Chapar" <hello@${sendingDomain}>`);
      expect(mail.headers.get('to')).toMatchObject({ value: [{ name: 'Ann', address: 'ann@example.com' }] });
      expect(mail.replyTo?.text).toBe('desk@example.org');
      expect(mail.html).toContain('https://example.org/x?a=1&amp;b=2');
      expect(mail.text).toContain('Hello there');
      expect(message.content.toString()).not.toContain('eve@');
      expect(message.mailFrom).toMatch(/^b-[a-z2-7]{32}@bounces\.news\.example\.org$/);
    }
    expect(new Set(messages.map(({ content }) => /^Message-ID: (.*)$/im.exec(content.toString())![1])).size).toBe(1);
    expect(new Set(messages.map(({ mailFrom }) => mailFrom)).size).toBe(3);
  });

  it('counts links and opens of each recipient apart when that is wanted, and says List-Unsubscribe for a topic', async () => {
    const topicId = uuidv7();
    await source.query(`INSERT INTO topics (id, workspace_id, name, name_key) VALUES ($1, $2, 'News', 'news')`, [
      topicId,
      context.workspaceId,
    ]);
    const html =
      '<body><a href="https://example.org/a">a</a> <a href="mailto:x@example.org">m</a> <a href="{{unsubscribe_url}}">bye</a></body>';
    await accept([
      draft({
        to: ['ann@example.com', 'bob@example.com'],
        html,
        text: 'bye: {{unsubscribe_url}}',
        topicId,
        tracking: { opens: true, clicks: true },
      }),
    ]);
    const messages = await arrived(2);
    const pages = await Promise.all(messages.map(({ content }) => simpleParser(content)));
    for (const [i, mail] of pages.entries()) {
      expect(await dkim(messages[i]!)).toEqual(['pass']);
      const page = mail.html as string;
      expect(page).toMatch(/<a href="https:\/\/mail\.example\.org\/t\/c\/[a-z2-7]{32}">a<\/a>/);
      expect(page).toContain('<a href="mailto:x@example.org">');
      expect(page).toMatch(/<img src="https:\/\/mail\.example\.org\/t\/o\/[a-z2-7]{32}\.gif"[^>]*><\/body>/);
      expect(page).toMatch(/<a href="https:\/\/mail\.example\.org\/u\/[a-z2-7]{32}">bye/);
      expect(mail.text).toMatch(/^bye: https:\/\/mail\.example\.org\/u\/[a-z2-7]{32}\s*$/);
      expect(messages[i]!.content.toString()).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    }
    expect(pages[0]!.html).not.toBe(pages[1]!.html);
  });

  it('carries attachments byte for byte, inline ones by their content id, also when it is too large for a row', async () => {
    const [pdf, logo] = [randomBytes(400_000), randomBytes(3_000)];
    const attachments = [
      { filename: 'صورتحساب.pdf', content: pdf, contentType: 'application/pdf' },
      { filename: 'logo "1".png', content: logo, contentType: 'image/png', contentId: 'logo@1' },
    ];
    await accept([draft({ html: '<img src="cid:logo@1">', text: 'x', attachments })]);
    const [message] = await arrived(1);
    expect(await dkim(message!)).toEqual(['pass']);
    const mail = await simpleParser(message!.content, { skipImageLinks: true });
    expect(
      mail.attachments
        .map(({ filename, contentType, cid }) => ({ filename, contentType, cid }))
        .sort((a, b) => (a.contentType < b.contentType ? -1 : 1)),
    ).toEqual([
      { filename: 'صورتحساب.pdf', contentType: 'application/pdf', cid: undefined },
      { filename: 'logo "1".png', contentType: 'image/png', cid: 'logo@1' },
    ]);
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(mail.attachments.map(({ content }) => digest(content)).sort()).toEqual([pdf, logo].map(digest).sort());
  });

  it('of submission stays as it is, but for Bcc and what is missing', async () => {
    const raw = Buffer.from(
      `From: Chapar <hello@${sendingDomain}>\nTo: ann@example.com\nBcc: eve@example.com\nX-Chapar-Tag: a\nX-Mine: 1\nSubject: =?utf-8?q?a_=C3=A9?=\n\nLine one \n.dot\n\n\n`,
    );
    await accept([{ raw, envelope: { from: 'me@example.org', to: ['ann@example.com', 'eve@example.com'] } }]);
    const messages = await arrived(2);
    for (const message of messages) {
      expect(await dkim(message)).toEqual(['pass']);
      const text = message.content.toString();
      expect(text).not.toMatch(/eve@|X-Chapar/);
      expect(text).toContain('X-Mine: 1\r\n');
      expect(text).toMatch(/^Date: /m);
      expect(text).toMatch(/^Message-ID: </m);
      expect(text.endsWith('\r\n\r\nLine one \r\n.dot\r\n\r\n\r\n')).toBe(true);
    }
    const [row] = await source.query('SELECT recipients, envelope_from, origin FROM messages WHERE workspace_id = $1', [
      context.workspaceId,
    ]);
    expect(row).toMatchObject({
      recipients: { to: ['ann@example.com'], cc: [], bcc: ['eve@example.com'] },
      envelope_from: 'me@example.org',
      origin: 'smtp',
    });
  });

  it('leaves out who is suppressed or left the topic, and says so of each', async () => {
    const topicId = uuidv7();
    await source.query(`INSERT INTO topics (id, workspace_id, name, name_key) VALUES ($1, $2, 'News', 'news')`, [
      topicId,
      context.workspaceId,
    ]);
    await source.query(
      `INSERT INTO suppressions (workspace_id, address_key, reason) VALUES ($1, 'ann@example.com', 'complaint'), ($1, '@gone.example', 'manual')`,
      [context.workspaceId],
    );
    await source.query(
      `WITH c AS (INSERT INTO contacts (workspace_id, email, email_key) VALUES ($1, 'Left@example.com', 'left@example.com') RETURNING id)
       INSERT INTO topic_choices (topic_id, contact_id, status) SELECT $2, id, 'unsubscribed' FROM c`,
      [context.workspaceId, topicId],
    );
    await accept([draft({ to: ['Ann@Example.com', 'x@gone.example', 'left@example.com', 'bob@example.com'], topicId })]);
    const [message] = await arrived(1);
    expect(message!.rcptTo).toBe('bob@example.com');
    const refused = await source.query(
      `SELECT d.email, a.outcome, a.reply FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE a.workspace_id = $1 AND a.outcome = 7 ORDER BY d.email`,
      [context.workspaceId],
    );
    expect(refused).toEqual([
      { email: 'Ann@example.com', outcome: 7, reply: 'The address is suppressed: complaint' },
      { email: 'left@example.com', outcome: 7, reply: 'The recipient does not want mail on this topic.' },
      { email: 'x@gone.example', outcome: 7, reply: 'The address is suppressed: manual' },
    ]);
  });
});

describe('what is not acceptable', () => {
  it.each<[string, Partial<MessageDraft>, string]>([
    ['nobody to send to', { to: [] }, 'to'],
    ['51 recipients', { to: Array.from({ length: 51 }, (_, i) => `a${i}@example.com`) }, 'to'],
    ['no address', { cc: ['ann at example.com'] }, 'cc'],
    ['a line break in the subject', { subject: 'a\r\nBcc: eve@example.com' }, 'subject'],
    ['a line break in a recipient', { to: ['ann@example.com\r\nRCPT TO:<eve@example.com>'] }, 'to'],
    ['a line break in a header value', { headers: { 'X-A': 'a\nBcc: eve@example.com' } }, 'headers.X-A'],
    ['a line break in a header name', { headers: { 'X-A: b\r\nBcc': 'eve@example.com' } }, 'headers'],
    ['a header of ours', { headers: { 'DKIM-Signature': 'v=1' } }, 'headers.DKIM-Signature'],
    ['a line break in a file name', { attachments: [{ filename: 'a\r\nX: y', content: Buffer.from('x') }] }, 'attachments[0].filename'],
    [
      'a media type with a parameter of its own making',
      { attachments: [{ filename: 'a', content: Buffer.from('x'), contentType: 'text/html\r\nX: y' }] },
      'attachments[0].content_type',
    ],
    ['a NUL in the text', { text: 'a\0b' }, 'text'],
    ['nothing to say', { html: undefined }, 'html'],
    ['a tag with a line break', { tags: [{ name: 'a\n', value: 'b' }] }, 'tags[0].name'],
    ['an unsubscribe address without a topic', { html: '<a href="{{unsubscribe_url}}">x</a>' }, 'topic_id'],
  ])('%s is refused with the name of its field, and nothing is written', async (_, more, field) => {
    const error = (await acceptor.accept(context, [draft(more)]).catch((e: unknown) => e)) as {
      code: string;
      details: { field: string }[];
    };
    expect(error).toMatchObject({ code: 'message_invalid' });
    expect(error.details.map((detail) => detail.field).join()).toContain(field);
    expect(await count('messages')).toBe(0);
  });

  it('a domain that is not verified here, though it is elsewhere, or not of the key', async () => {
    const stranger = systemActor(uuidv7(), 'test');
    await expect(acceptor.accept(stranger, [draft()])).rejects.toMatchObject({ code: 'sender_domain_unverified' });
    await expect(acceptor.accept(context, [draft({ from: 'a@example.net' })])).rejects.toMatchObject({ code: 'sender_domain_unverified' });
    await expect(acceptor.accept(context, [draft({ from: 'a@x.org, b@y.org' })])).rejects.toMatchObject({ code: 'sender_invalid' });
    await expect(acceptor.accept(context, [draft()], { keyDomain: 'other.example.org' })).rejects.toMatchObject({
      code: 'sender_domain_refused',
    });
    const forged = {
      raw: Buffer.from('From: a@x.org\r\nFrom: b@news.example.org\r\n\r\nx'),
      envelope: { from: '', to: ['a@example.com'] },
    };
    await expect(acceptor.accept(context, [forged])).rejects.toMatchObject({ code: 'sender_invalid' });
  });

  it('one bad message of a batch refuses it whole; permissive takes the others', async () => {
    const batch = [draft(), draft({ to: ['nobody'] }), draft({ to: ['bob@example.com'] })];
    await expect(acceptor.accept(context, batch)).rejects.toMatchObject({ code: 'message_invalid', details: [{ field: '[1].to' }] });
    expect(await count('messages')).toBe(0);
    const { messages, errors } = await accept(batch, { isPermissive: true });
    expect(messages.map(({ index }) => index)).toEqual([0, 2]);
    expect(errors).toMatchObject([{ index: 1, error: { code: 'message_invalid' } }]);
    await arrived(2);
  });
});

describe('a request with a key', () => {
  const request = (key: string, body = 'a') => ({ endpoint: 'emails', key, hash: createHash('sha256').update(body).digest() });

  it('is done once, whatever happens at the same time, and answered the same again', async () => {
    const ask = (body?: string) => acceptor.accept(context, [draft()], { idempotency: request('k1', body) });
    const results = await Promise.allSettled([ask(), ask(), ask('b')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(results.slice(1)).toMatchObject([
      { reason: { code: 'idempotency_key_in_flight' } },
      { reason: { code: 'idempotency_key_reused' } },
    ]);
    const first = (results[0] as PromiseFulfilledResult<Awaited<ReturnType<typeof ask>>>).value;
    const again = await ask();
    expect(again).toEqual({ isReplay: true, response: first.response });
    await expect(ask('b')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(await count('messages')).toBe(1);
  });

  it('is done once by two processes too', async () => {
    const other = acceptorFor(source, testFolder(), sink.port);
    const [a, b] = await Promise.all([acceptor, other].map((one) => one.accept(context, [draft()], { idempotency: request('k2') })));
    expect(a!.response).toEqual(b!.response);
    expect([a!.isReplay, b!.isReplay].sort()).toEqual([false, true]);
    expect(await count('messages')).toBe(1);
  });

  it('that fails burns nothing; after a day the key is free', async () => {
    await expect(acceptor.accept(context, [draft({ to: [] })], { idempotency: request('k3') })).rejects.toMatchObject({
      code: 'message_invalid',
    });
    await accept([draft()], { idempotency: request('k3', 'mended') });
    await source.query(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'k3'`);
    const again = await acceptor.accept(context, [draft()], { idempotency: request('k3', 'new') });
    expect(again.isReplay).toBe(false);
    expect(await count('messages')).toBe(2);
  });

  it('of another workspace is another key', async () => {
    await accept([draft()], { idempotency: request('k4') });
    context = await createWorkspace(source);
    expect((await acceptor.accept(context, [draft()], { idempotency: request('k4', 'b') })).isReplay).toBe(false);
  });
});

describe('requests that come together', () => {
  it('are written together', async () => {
    await Promise.all(Array.from({ length: 60 }, (_, i) => acceptor.accept(context, [draft({ to: [`u${i}@example.com`] })])));
    await arrived(60);
    const [{ n }] = await source.query('SELECT count(DISTINCT xmin::text)::int AS n FROM messages WHERE workspace_id = $1', [
      context.workspaceId,
    ]);
    expect(n).toBeLessThan(30);
  });

  it('fail alone', async () => {
    // A lone surrogate is text to JavaScript and none to PostgreSQL.
    const broken = { ...draft(), metadata: { note: '\ud800' } };
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => acceptor.accept(context, [i === 7 ? broken : draft({ to: [`u${i}@example.com`] })])),
    );
    expect(results.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([7]);
    expect(results[7]).toMatchObject({ reason: { code: 'message_invalid' } });
    await arrived(19);
  });
});
