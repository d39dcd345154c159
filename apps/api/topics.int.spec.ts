import { afterAll, beforeAll, expect, it } from 'vitest';
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
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

it('topics are made, changed, listed and deleted, with their names in other languages', async () => {
  const made = await call('POST', '/topics', { name: 'Offers', default_subscription: 'opt_out', names: { fa: { name: 'پیشنهادها' } } });
  expect(made).toMatchObject({ status: 201, body: { object: 'topic', name: 'Offers', default_subscription: 'opt_out' } });
  const path = `/topics/${String(made.body['id'])}`;
  expect((await call('PATCH', path, { description: 'Every week' })).body).toMatchObject({ name: 'Offers', description: 'Every week' });
  expect((await call('GET', '/v1/topics')).body).toMatchObject({ object: 'list', data: [{ names: { fa: { name: 'پیشنهادها' } } }] });
  expect((await call('POST', '/topics', { name: 'offers' })).body).toMatchObject({ statusCode: 409, name: 'topic_exists' });
  expect((await call('POST', '/topics', { name: 'a\nb' })).status).toBe(422);
  const stranger = await api.key({}, await api.otherWorkspace());
  for (const method of ['GET', 'PATCH', 'DELETE'])
    expect((await call(method, path, method === 'PATCH' ? {} : undefined, stranger)).body).toMatchObject({
      statusCode: 404,
      name: 'topic_not_found',
    });
  expect((await call('DELETE', path)).body).toMatchObject({ deleted: true });
  expect((await call('GET', path)).status).toBe(404);
});
