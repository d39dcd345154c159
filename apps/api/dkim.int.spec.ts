import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestApi, sendingDomain } from './api.fixture.js';

let api: TestApi;
let key: string;

beforeAll(async () => {
  api = await TestApi.start();
  key = await api.key();
});
afterAll(() => api.close());

async function call(method: string, path: string, body?: object) {
  const response = await fetch(`${api.url}/v1/domains/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

it('rotates DKIM keys: the next ones are to be added, the present ones kept', async () => {
  expect((await call('GET', `${sendingDomain}/dkim`)).body['data']).toMatchObject([{ action: 'keep' }, { action: 'keep' }]);
  const { status, body } = await call('POST', `${sendingDomain}/dkim/rotate`);
  expect({ status, isNew: body['is_new'] }).toEqual({ status: 200, isNew: true });
  expect(body['data']).toMatchObject([
    { name: `chapar2._domainkey.${sendingDomain}`, action: 'add' },
    { name: `chapar1._domainkey.${sendingDomain}`, action: 'keep' },
    { name: `chapar2e._domainkey.${sendingDomain}`, action: 'add' },
    { name: `chapar1e._domainkey.${sendingDomain}`, action: 'keep' },
  ]);
  expect((await call('POST', `${sendingDomain}/dkim/rotate`)).body['is_new']).toBe(false);
});

it('takes a schedule, and refuses an impossible one and domains of others', async () => {
  expect((await call('PUT', `${sendingDomain}/dkim/schedule`, { every_days: 90 })).status).toBe(204);
  expect(await api.source.query('SELECT dkim_rotation_days AS days FROM domains WHERE name = $1', [sendingDomain])).toEqual([{ days: 90 }]);
  expect((await call('PUT', `${sendingDomain}/dkim/schedule`, { every_days: 1 })).status).toBeGreaterThanOrEqual(400);
  expect((await call('POST', 'else.example/dkim/rotate')).status).toBe(404);
});
