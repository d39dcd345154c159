import { simpleParser } from 'mailparser';
import { Resend } from 'resend';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, eventually, sendingDomain } from './api.fixture.js';

let api: TestApi;
let resend: Resend;
let key: string;
const from = `Chapar <hello@${sendingDomain}>`;

beforeAll(async () => {
  api = await TestApi.start({
    fetchAttachment: (url) => (url.endsWith('/ok.txt') ? Promise.resolve(Buffer.from('fetched')) : Promise.reject(new Error('no'))),
  });
  key = await api.key({ scope: 'sending' });
  resend = new Resend(key, { baseUrl: api.url });
});
afterEach(() => void api.sink.messages.splice(0));
afterAll(() => api.close());

const arrived = (n: number) =>
  eventually(
    () => api.sink.messages,
    (messages) => messages.length >= n,
  );

describe('the official client of Resend, with another base URL and nothing else', () => {
  it('sends a message with everything that it can hold, and reads it back', async () => {
    const sent = await resend.emails.send({
      from,
      to: ['ann@example.com', 'Bob <bob@example.com>'],
      cc: 'carl@example.com',
      bcc: ['dora@example.com'],
      replyTo: 'desk@example.org',
      subject: 'سلام, world',
      html: '<p>Hello <img src="cid:logo"></p>',
      text: 'Hello',
      headers: { 'X-Entity-Ref-ID': '123', 'List-Unsubscribe': '<https://example.org/u>' },
      tags: [{ name: 'category', value: 'welcome' }],
      attachments: [
        { filename: 'a.txt', content: Buffer.from('by bytes') },
        { filename: 'b.txt', content: Buffer.from('by base64').toString('base64') },
        { path: 'https://files.example.org/ok.txt' },
        { filename: 'logo.png', content: Buffer.from('png'), contentType: 'image/png', contentId: 'logo' },
      ],
    });
    expect(sent.error).toBeNull();
    const id = sent.data!.id;
    const messages = await arrived(4);
    const mail = await simpleParser(messages[0]!.content, { skipImageLinks: true });
    expect(mail.subject).toBe('سلام, world');
    expect(mail.attachments.map(({ filename, content }) => `${filename} ${content.toString()}`).sort()).toEqual([
      'a.txt by bytes',
      'b.txt by base64',
      'logo.png png',
      'ok.txt fetched',
    ]);
    expect(mail.headers.get('x-entity-ref-id')).toBe('123');
    const { data } = await eventually(
      () => resend.emails.get(id),
      (answer) => answer.data?.last_event === 'delivered',
    );
    expect(data).toMatchObject({
      object: 'email',
      id,
      from,
      to: ['ann@example.com', 'Bob <bob@example.com>'],
      cc: ['carl@example.com'],
      bcc: ['dora@example.com'],
      reply_to: ['desk@example.org'],
      subject: 'سلام, world',
      html: '<p>Hello <img src="cid:logo"></p>',
      text: 'Hello',
      tags: [{ name: 'category', value: 'welcome' }],
      scheduled_at: null,
      message_id: mail.messageId,
    });
  });

  it('sends batches, strict and permissive', async () => {
    const one = (to: string) => ({ from, to, subject: 'Batch', html: '<p>x</p>' });
    const strict = await resend.batch.send([one('a@example.com'), one('nobody')]);
    expect(strict.error).toMatchObject({ statusCode: 422, name: 'validation_error', message: expect.stringContaining('nobody') });
    const permissive = await resend.batch.send([one('a@example.com'), one('nobody'), one('c@example.com')], {
      batchValidation: 'permissive',
    });
    expect(permissive.data).toMatchObject({ data: [{ id: expect.any(String) }, { id: expect.any(String) }], errors: [{ index: 1 }] });
    await arrived(2);
    const all = await resend.batch.send([one('a@example.com'), one('b@example.com')]);
    expect(all.data?.data).toHaveLength(2);
    await arrived(4);
  });

  it('schedules in plain words, puts off, and cancels', async () => {
    const scheduled = await resend.emails.send({ from, to: 'later@example.com', subject: 'Later', text: 'x', scheduledAt: 'in 1 hour' });
    const id = scheduled.data!.id;
    expect((await resend.emails.get(id)).data).toMatchObject({ last_event: 'scheduled', scheduled_at: expect.any(String) });
    const tomorrow = new Date(Date.now() + 24 * 3600_000).toISOString();
    expect((await resend.emails.update({ id, scheduledAt: tomorrow })).data).toEqual({ object: 'email', id });
    expect((await resend.emails.get(id)).data?.scheduled_at).toBe(tomorrow);
    expect((await resend.emails.cancel(id)).data).toEqual({ object: 'email', id });
    expect((await resend.emails.get(id)).data?.last_event).toBe('canceled');
    expect((await resend.emails.cancel(id)).error).toMatchObject({ statusCode: 422, name: 'validation_error' });
    const soon = await resend.emails.send({ from, to: 'soon@example.com', subject: 'Soon', text: 'x', scheduledAt: 'in 2 hours' });
    await resend.emails.update({ id: soon.data!.id, scheduledAt: new Date(Date.now() + 200).toISOString() });
    const [message] = await arrived(1);
    expect(message!.rcptTo).toBe('soon@example.com');
  });

  it('does a request with a key once, and says so', async () => {
    const before = await api.count('messages');
    const mail = { from, to: 'once@example.com', subject: 'Once', text: 'x' };
    const first = await resend.emails.send(mail, { idempotencyKey: 'order-1' });
    const again = await resend.emails.send(mail, { idempotencyKey: 'order-1' });
    expect(again.data).toEqual(first.data);
    expect(again.headers?.['idempotent-replayed']).toBe('true');
    expect(first.headers?.['idempotent-replayed']).toBeUndefined();
    const other = await resend.emails.send({ ...mail, subject: 'Other' }, { idempotencyKey: 'order-1' });
    expect(other.error).toMatchObject({ statusCode: 409, name: 'invalid_idempotent_request' });
    const long = await resend.emails.send(mail, { idempotencyKey: 'x'.repeat(257) });
    expect(long.error).toMatchObject({ statusCode: 400, name: 'invalid_idempotency_key' });
    expect(await api.count('messages')).toBe(before + 1);
  });

  it('pages through the list', async () => {
    const first = await resend.emails.list({ limit: 2 });
    expect(first.data).toMatchObject({ object: 'list', has_more: true });
    const ids = first.data!.data.map(({ id }) => id);
    const next = await resend.emails.list({ limit: 2, after: ids[1]! });
    expect(next.data!.data.map(({ id }) => id)).not.toContain(ids[0]);
    const back = await resend.emails.list({ limit: 2, before: next.data!.data[0]!.id });
    expect(back.data!.data.map(({ id }) => id)).toEqual(ids);
  });

  it('is told what is wrong in its own words', async () => {
    const mail = { from, to: 'ann@example.com', subject: 'x', text: 'x' };
    const answers = await Promise.all([
      resend.emails.send({ ...mail, from: 'not an address' }),
      resend.emails.send({ ...mail, from: 'a@example.net' }),
      resend.emails.send({ from, subject: 'x', text: 'x' } as never),
      resend.emails.send({ ...mail, attachments: [{ filename: 'a', content: 'not base64 €' }] }),
      resend.emails.get('0198a2b4-0000-7000-8000-000000000000'),
      new Resend('ck_live_wrong', { baseUrl: api.url }).emails.send(mail),
    ]);
    expect(answers.map(({ error }) => `${error?.statusCode} ${error?.name}`)).toEqual([
      '422 invalid_from_address',
      '403 validation_error',
      '422 missing_required_field',
      '422 invalid_attachment',
      '404 not_found',
      '401 invalid_api_key',
    ]);
  });
});

describe('beyond what clients check', () => {
  const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${api.url}${url}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
  const mail = { from, to: 'ann@example.com', subject: 'x', text: 'x' };

  it('says which field, why, and where to read on; unknown fields are reported', async () => {
    const answer = await post('/v1/emails', { ...mail, subjct: 'typo' });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      statusCode: 422,
      name: 'validation_error',
      request_id: expect.any(String),
      errors: [{ code: 'unknown_field', message: expect.stringContaining('subjct') }],
      docs_url: '/docs/errors#validation_error',
    });
  });

  it('tells the rate with every answer', async () => {
    const answer = await fetch(`${api.url}/emails`, { headers: { authorization: `Bearer ${key}` } });
    for (const name of ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']) expect(answer.headers.get(name)).toMatch(/^\d+$/);
  });

  it.each<[string, unknown, Record<string, string>, number]>([
    ['text as JSON', JSON.stringify(mail), { 'content-type': 'text/plain' }, 415],
    ['a form', 'from=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"from":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]), {}, 422],
    ['10,000 levels', '['.repeat(10_000) + ']'.repeat(10_000), {}, 422],
    ['a prototype', '{"__proto__":{"from":"x"}}', {}, 400],
    ['a NUL', { ...mail, subject: 'a\0b' }, {}, 422],
    ['a header injection', { ...mail, headers: { 'X-A': 'b\r\nBcc: c@example.com' } }, {}, 422],
    ['a number for a text', { ...mail, subject: 5 }, {}, 422],
    ['nothing', '', {}, 422],
    ['half a JSON', '{"from":', {}, 400],
  ])('refuses %s', async (_, body, headers, status) => {
    const before = await api.count('messages');
    const answer = await post('/emails', body, headers);
    expect(answer.status, await answer.clone().text()).toBe(status);
    expect(await api.count('messages')).toBe(before);
  });

  it('refuses 50 MB', async () => {
    const answer = await post('/emails', `{"from":"${'x'.repeat(50 * 1024 * 1024)}"}`).catch((error: Error) => error);
    // The connection may be cut while we are still sending.
    if (answer instanceof Response) expect(answer.status).toBe(413);
    else expect(answer.cause).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET|UND_ERR_SOCKET/) });
  });

  it('other workspaces have other mail, under the same domain', async () => {
    const { data } = await resend.emails.send(mail);
    const stranger = new Resend(await api.key({ scope: 'full' }, await api.otherWorkspace()), { baseUrl: api.url });
    expect((await stranger.emails.get(data!.id)).error).toMatchObject({ statusCode: 404 });
    expect((await stranger.emails.cancel(data!.id)).error).toMatchObject({ statusCode: 404 });
    expect((await stranger.emails.update({ id: data!.id, scheduledAt: 'in 1 hour' })).error).toMatchObject({ statusCode: 404 });
    expect((await stranger.emails.list()).data?.data).toEqual([]);
    const events = await fetch(`${api.url}/emails/${data!.id}/events`, {
      headers: { authorization: `Bearer ${await api.key({}, await api.otherWorkspace())}` },
    });
    expect(events.status).toBe(404);
  });

  it('a key of one domain sends from no other, a key that reads sends nothing', async () => {
    const bound = new Resend(await api.key({ scope: 'sending', domain: 'other.example.org' }), { baseUrl: api.url });
    expect((await bound.emails.send(mail)).error).toMatchObject({ statusCode: 403, name: 'restricted_api_key' });
    const reading = new Resend(await api.key({ scope: 'read' }), { baseUrl: api.url });
    expect((await reading.emails.send(mail)).error).toMatchObject({ statusCode: 403, name: 'restricted_api_key' });
    expect((await reading.emails.list()).error).toBeNull();
  });

  it('tells the whole life of a message', async () => {
    const { data } = await resend.emails.send(mail);
    const life = async () => {
      const answer = await fetch(`${api.url}/emails/${data!.id}/events`, { headers: { authorization: `Bearer ${key}` } });
      return ((await answer.json()) as { data: { type: string; recipient: string; explanation: string }[] }).data;
    };
    const events = await eventually(life, (seen) => seen.some(({ type }) => type === 'email.delivered'));
    expect(events.map(({ type }) => type)).toEqual(['email.accepted', 'email.delivered']);
    expect(events[1]).toMatchObject({ recipient: 'ann@example.com', explanation: expect.stringContaining('127.0.0.1') });
  });
});

describe('what a full key manages', () => {
  it('domains: added, listed, looked up in DNS', async () => {
    const full = new Resend(await api.key(), { baseUrl: api.url });
    const added = await full.domains.create({ name: 'Mail.Example.org' });
    expect(added.data).toMatchObject({ name: 'mail.example.org', status: 'pending' });
    expect(added.data!.records.map(({ record }) => record as string)).toEqual(expect.arrayContaining(['DKIM', 'SPF', 'DMARC']));
    const { id } = added.data!;
    expect((await full.domains.get(id)).data).toMatchObject({ object: 'domain', id });
    expect((await full.domains.verify(id)).data).toMatchObject({ id });
    expect((await full.domains.list()).data!.data.map(({ name }) => name)).toEqual(['mail.example.org', sendingDomain]);
    const stranger = new Resend(await api.key({}, await api.otherWorkspace()), { baseUrl: api.url });
    expect((await stranger.domains.get(id)).error).toMatchObject({ statusCode: 404, name: 'not_found' });
    expect((await resend.domains.list()).error).toMatchObject({ statusCode: 403, name: 'restricted_api_key' });
  });

  it('keys: made, listed without their secret, revoked', async () => {
    const full = new Resend(await api.key(), { baseUrl: api.url });
    const domainId = (await full.domains.list()).data!.data.find(({ name }) => name === sendingDomain)!.id;
    const made = await full.apiKeys.create({ name: 'CI', permission: 'sending_access', domain_id: domainId } as never);
    const token = made.data!.token;
    expect(token).toMatch(/^ck_live_/);
    const own = new Resend(token, { baseUrl: api.url });
    expect((await own.emails.send({ from, to: 'ann@example.com', subject: 'x', text: 'x' })).error).toBeNull();
    const listed = await full.apiKeys.list();
    expect(listed.data!.data.find(({ id }) => id === made.data!.id)).toMatchObject({ name: 'CI' });
    expect(JSON.stringify(listed)).not.toContain(token.split('_')[3]);
    expect((await full.apiKeys.remove(made.data!.id)).error).toBeNull();
    expect((await own.emails.list()).error).toMatchObject({ statusCode: 401, name: 'invalid_api_key' });
    expect((await full.apiKeys.remove(made.data!.id)).error).toMatchObject({ statusCode: 404 });
  });
});
