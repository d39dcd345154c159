import { Resend } from 'resend';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Installation, until } from './support/installation.js';

let installation: Installation;
let resend: Resend;
let key: string;
const from = 'Shop <orders@sandbox.chapar.test>';

/** A fresh installation in the sandbox: what a developer has who tries the send API out. */
beforeAll(async () => {
  installation = await Installation.create({ CHAPAR_SIMULATOR_TIME_SCALE: '5000' });
  await installation.start('api,tracker,mta,mx,worker').ready();
  key = (JSON.parse(installation.command(['api-key', 'create', '--name', 'e2e', '--scope', 'sending', '--json']).stdout) as { key: string })
    .key;
  resend = new Resend(key, { baseUrl: installation.url });
});

afterAll(() => installation.dispose());

async function typesOf(id: string): Promise<string[]> {
  const answer = await fetch(`${installation.url}/emails/${id}/events`, { headers: { authorization: `Bearer ${key}` } });
  return ((await answer.json()) as { data: { type: string }[] }).data.map(({ type }) => type);
}

it.each([
  ['delivered', 'email.delivered'],
  ['bounced', 'email.bounced'],
  ['deferred', 'email.delivery_delayed'],
  ['opened', 'email.opened'],
  ['complained', 'email.complained'],
  ['suppressed', 'email.suppressed'],
])('%s@simulator.chapar.test ends in %s', async (name, type) => {
  // Tracking is ours: the official client passes on only what it knows.
  const answer = await fetch(`${installation.url}/emails`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      from,
      to: `${name}@simulator.chapar.test`,
      subject: 'Your order',
      html: '<p>Thank you. <a href="https://shop.example/order">See it</a></p>',
      tracking: { opens: true, clicks: true },
    }),
  });
  expect(answer.status).toBe(200);
  const { id } = (await answer.json()) as { id: string };
  await until(
    async () => (await typesOf(id)).includes(type),
    () => `${type} of ${name}@ did not come`,
  );
});

it('what happened to one mail does not change what happens to the next', async () => {
  const { data } = await resend.emails.send({ from, to: 'bounced@simulator.chapar.test', subject: 'Again', text: 'x' });
  await until(
    async () => (await resend.emails.get(data!.id)).data?.last_event === 'bounced',
    () => 'the second mail did not bounce',
  );
});
