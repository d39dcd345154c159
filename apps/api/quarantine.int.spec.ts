import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HeldMessage, holdMessage } from '#domain/filtering';
import { TestApi } from './api.fixture.js';

let api: TestApi;
let key: string;

beforeAll(async () => {
  api = await TestApi.start();
  key = await api.key();
});
afterAll(() => api.close());

async function call(method: string, path: string, body?: object, as = key) {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${as}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

/** An incoming message that is held, as the worker leaves it. */
async function held(subject: string): Promise<{ id: string; inboundId: string }> {
  const { workspaceId } = api.context;
  const blob = `${workspaceId}/${'0'.repeat(64)}`;
  const [{ id: inboundId }] = (await api.source.query(
    `INSERT INTO inbound_messages (workspace_id, kind, recipient, mail_from, blob, size_bytes, processed_at, spam_verdict)
     VALUES ($1, 'quarantined', 'r@example.org', 'a@example.net', $2, 10, now(), 'reject') RETURNING id`,
    [workspaceId, blob],
  )) as [{ id: string }];
  const message: HeldMessage = {
    workspaceId,
    cause: 'spam',
    route: 'inbound',
    subjectId: inboundId,
    blob,
    sizeBytes: 10,
    recipient: 'r@example.org',
    mailFrom: 'a@example.net',
    headerFrom: 'a@example.net',
    subject,
    score: 16.5,
    reasons: [{ rule: 'gtube', points: 16.5, sentence: 'It is a test.' }],
  };
  await api.source.transaction((manager) => holdMessage(manager, message));
  const [{ id }] = (await api.source.query('SELECT id FROM quarantined_messages WHERE subject_id = $1', [inboundId])) as [{ id: string }];
  return { id, inboundId };
}

const stateOf = async (inboundId: string) =>
  (await api.source.query('SELECT kind, spam_verdict AS verdict FROM inbound_messages WHERE id = $1', [inboundId]))[0];

it('held mail is listed with its reasons, released to be read, and deleted, alone and many at once', async () => {
  const [first, second, third] = [await held('First'), await held('Second'), await held('Third')];
  const listed = await call('GET', '/v1/quarantine?limit=2');
  expect(listed.body).toMatchObject({ object: 'list', has_more: true, data: [{ subject: 'Third' }, { subject: 'Second' }] });
  expect((await call('GET', `/v1/quarantine?cursor=${String(listed.body['next_cursor'])}`)).body).toMatchObject({
    has_more: false,
    data: [{ id: first.id }],
  });
  expect((await call('GET', `/v1/quarantine/${first.id}`)).body).toMatchObject({
    score: 16.5,
    reasons: [{ rule: 'gtube', sentence: 'It is a test.' }],
  });

  expect((await call('POST', `/v1/quarantine/${first.id}/release`)).status).toBe(204);
  expect(await stateOf(first.inboundId)).toEqual({ kind: 'waiting', verdict: 'released' });
  expect((await call('POST', '/v1/quarantine/batch/release', { ids: [first.id, second.id] })).body).toEqual({ released: 1 });
  expect((await call('DELETE', `/v1/quarantine/${third.id}`)).status).toBe(204);
  expect(await stateOf(third.inboundId)).toEqual({ kind: 'quarantined', verdict: 'reject' });
  expect((await call('POST', '/v1/quarantine/batch/release', { ids: [third.id] })).body).toMatchObject({
    statusCode: 409,
    name: 'quarantine_decided',
  });
  expect((await call('GET', '/v1/quarantine?state=deleted')).body).toMatchObject({
    data: [{ id: third.id, decided_by: expect.stringContaining('API key') }],
  });
});

it('mail of another workspace is not there, and one such id refuses a whole request', async () => {
  const { id } = await held('Mine');
  const stranger = await api.key({}, await api.otherWorkspace());
  for (const [method, path, body] of [
    ['GET', `/v1/quarantine/${id}`],
    ['DELETE', `/v1/quarantine/${id}`],
    ['POST', `/v1/quarantine/${id}/release`],
    ['POST', '/v1/quarantine/batch/delete', { ids: [id] }],
  ] as const)
    expect((await call(method, path, body, stranger)).status).toBe(404);
  expect((await call('POST', '/v1/quarantine/batch/release', { ids: [id, '1'] })).status).toBe(404);
  expect((await call('GET', `/v1/quarantine/${id}`)).body).toMatchObject({ state: 'held' });
});

it('a conversation is marked as junk and back, and listed apart', async () => {
  const [{ id }] = (await api.source.query(
    `INSERT INTO threads (workspace_id, subject, address_key) VALUES ($1, 'Hello', 'a@example.net') RETURNING id`,
    [api.context.workspaceId],
  )) as [{ id: string }];
  const ids = async (query: string) => ((await call('GET', `/v1/threads${query}`)).body['data'] as { id: string }[]).map((one) => one.id);
  expect((await call('PATCH', `/v1/threads/${id}`, { junk: true })).status).toBe(204);
  expect([await ids(''), await ids('?junk=true')]).toEqual([[], [id]]);
  expect((await call('GET', `/v1/threads/${id}`)).body).toMatchObject({ junk: true, open: false });
  expect((await call('PATCH', `/v1/threads/${id}`, { junk: false, open: true })).status).toBe(204);
  expect([await ids(''), await ids('?junk=true')]).toEqual([[id], []]);
  const stranger = await api.key({}, await api.otherWorkspace());
  expect((await call('PATCH', `/v1/threads/${id}`, { junk: true }, stranger)).status).toBe(404);
});

it('nonsense is refused', async () => {
  for (const path of ['/v1/quarantine?state=lost', '/v1/quarantine?limit=0', '/v1/quarantine?cursor=x'])
    expect((await call('GET', path)).status).toBeGreaterThanOrEqual(400);
  for (const ids of [[], ['x'], [1], 'x'])
    expect((await call('POST', '/v1/quarantine/batch/release', { ids })).status).toBeGreaterThanOrEqual(400);
  expect((await call('GET', '/v1/quarantine/99999999999999999999')).status).toBe(404);
});
