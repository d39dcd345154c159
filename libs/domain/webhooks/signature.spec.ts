import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { newSecret, signatureHeaders } from './signature.js';

const body = JSON.stringify({ type: 'email.delivered', data: { to: ['سلام@example.org'] } });
const at = new Date();

it('is what the reference library verifies, also under the names of Svix', () => {
  const secret = newSecret();
  const headers = signatureHeaders({ id: 'evt_a1', at, body }, [secret]);
  expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(headers).toMatchObject({ 'svix-id': 'evt_a1', 'svix-signature': headers['webhook-signature'] });
});

it('verifies with either secret while one takes over from the other, and with no other', () => {
  const [old, fresh] = [newSecret(), newSecret()];
  const headers = signatureHeaders({ id: 'evt_a1', at, body }, [fresh, old]);
  for (const secret of [old, fresh]) expect(new Webhook(secret).verify(body, headers)).toBeTruthy();
  expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow();
  expect(() => new Webhook(old).verify(`${body} `, headers)).toThrow();
});
