import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import nodemailer from 'nodemailer';
import pg from 'pg';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CampaignReport } from '#domain/campaigns';
import { SmtpSink } from '#testing/smtp-sink';
import { Api } from './support/api.js';
import { Installation, until } from './support/installation.js';

const DOMAIN = 'shop.example';
let installation: Installation;
let sink: SmtpSink;
let api: Api;
let database: pg.Client;
let campaignId: string;

/** Live delivery by static route, with a sending domain whose DNS records are those that the product asks for. */
beforeAll(async () => {
  sink = await SmtpSink.listen({ keepsContent: true });
  installation = await Installation.create({ CHAPAR_DELIVERY: 'live', CHAPAR_ROUTES: `*=127.0.0.1:${sink.port}` });
  await installation.start('api,tracker,mta,mx,worker').ready();
  api = new Api(
    installation.url,
    (JSON.parse(installation.command(['api-key', 'create', '--name', 'e2e', '--scope', 'full', '--json']).stdout) as { key: string }).key,
  );
  database = new pg.Client({ connectionString: installation.postgres().url });
  await database.connect();
  expect(installation.command(['domain', 'add', DOMAIN]).code).toBe(0);
});

afterAll(async () => {
  await database.end();
  await installation.dispose();
  await sink.close();
});

it('runs without the simulator', () => expect(Object.keys(installation.rolePids())).not.toContain('simulator'));

it('sends from no domain that is not verified, nor from the sandbox', async () => {
  const list = await api.post<{ id: string }>('/v1/lists', { name: 'Readers' });
  await database.query(
    `WITH c AS (INSERT INTO contacts (workspace_id, email, email_key, first_name) SELECT id, 'sara@reader.example', 'sara@reader.example', 'Sara' FROM workspaces RETURNING id)
     INSERT INTO list_memberships (list_id, contact_id, status) SELECT $1, id, 'subscribed' FROM c`,
    [list.id],
  );
  const source = `<mjml><mj-body><mj-section><mj-column><mj-text>سلام {{first_name}}, <a href="https://shop.example/tea">tea</a> <a href="{{unsubscribe_url}}">no more</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
  const template = await api.post<{ id: string }>('/v1/templates', { name: 'T', subject: 'سلام {{first_name}}', source });
  const campaign = await api.post<{ id: string }>('/v1/campaigns', {
    name: 'C',
    templateId: template.id,
    fromName: 'چایخانه',
    fromEmail: `hello@${DOMAIN}`,
    audience: { include: { lists: [list.id] } },
  });
  campaignId = campaign.id;
  const refused = await api.raw(`/v1/campaigns/${campaignId}/send`, { method: 'POST' });
  expect(refused.body['message']).toContain(`${DOMAIN} is not verified`);
  expect(sink.messages).toHaveLength(0);
});

it('a verified domain’s mail is signed, unsubscribable in one click, and returns to its own address', async () => {
  await database.query(`UPDATE domains SET status = 'verified' WHERE name = $1`, [DOMAIN]);
  await api.post(`/v1/campaigns/${campaignId}/send`);
  await until(
    () => sink.messages.length === 1,
    () => 'the mail did not arrive',
  );
  const [message] = sink.messages;
  expect(message).toMatchObject({ rcptTo: 'sara@reader.example' });
  expect(message!.mailFrom).toMatch(new RegExp(`^b-[a-z2-7]{32}@bounces\\.${DOMAIN}$`));

  const { rows: keys } = await database.query<{ selector: string; algorithm: string; public_key: string }>(
    'SELECT selector, algorithm, public_key FROM dkim_keys k JOIN domains d ON d.id = k.domain_id WHERE d.name = $1',
    [DOMAIN],
  );
  const resolver = async (name: string) => {
    const key = keys.find(({ selector }) => name === `${selector}._domainkey.${DOMAIN}`);
    if (!key) throw Object.assign(new Error('no record'), { code: 'ENOTFOUND' });
    return [[`v=DKIM1; k=${key.algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519'}; p=${key.public_key}`]];
  };
  const { results } = await dkimVerify(message!.content, { resolver });
  expect(results.map(({ status, signingDomain }) => [status.result, signingDomain])).toEqual([
    ['pass', DOMAIN],
    ['pass', DOMAIN],
  ]);

  const parsed = await simpleParser(message!.content);
  expect(parsed.subject).toBe('سلام Sara');
  expect(parsed.from!.value[0]).toMatchObject({ name: 'چایخانه', address: `hello@${DOMAIN}` });
  expect(parsed.text).toContain('سلام Sara');
  expect(
    parsed.headers.get('list-unsubscribe-post') ?? String(parsed.headerLines.find(({ key }) => key === 'list-unsubscribe-post')?.line),
  ).toContain('List-Unsubscribe=One-Click');
  const unsubscribe = /<(https?:[^>]+)>/.exec(
    String(parsed.headerLines.find(({ key }) => key === 'list-unsubscribe')!.line).replace(/\r?\n\s/g, ''),
  )![1]!;
  const oneClick = () =>
    fetch(`${installation.url}${new URL(unsubscribe).pathname}`, {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  // A scanner that only looks changes nothing.
  await fetch(`${installation.url}${new URL(unsubscribe).pathname}`);
  expect((await api.get<CampaignReport>(`/v1/campaigns/${campaignId}/report`)).unsubscribed).toBe(0);
  expect((await oneClick()).status).toBe(200);
  expect((await oneClick()).status).toBe(200);
  expect((await api.get<CampaignReport>(`/v1/campaigns/${campaignId}/report`)).unsubscribed).toBe(1);
});

it('the links in it lead to their targets, and count', async () => {
  const { html } = await simpleParser(sink.messages[0]!.content);
  const click = /href="[^"]*(\/t\/c\/[a-z2-7]{32})"/.exec(String(html))![1]!;
  const answer = await fetch(`${installation.url}${click}`, {
    redirect: 'manual',
    headers: { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)' },
  });
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toBe('https://shop.example/tea');
  await until(
    async () => {
      const { clicks } = await api.get<CampaignReport>(`/v1/campaigns/${campaignId}/report`);
      return clicks.human.total + clicks.machine.total === 1;
    },
    () => 'the click was not counted',
  );
});

it('a report that comes back to its address makes it a late bounce', async () => {
  const { mailFrom } = sink.messages[0]!;
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: installation.mxPort, tls: { rejectUnauthorized: false } });
  await transport.sendMail({
    envelope: { from: '', to: mailFrom },
    raw: [
      'From: MAILER-DAEMON@mx.reader.example',
      `To: <${mailFrom}>`,
      'Subject: Undelivered Mail Returned to Sender',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      '',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.reader.example',
      '',
      'Final-Recipient: rfc822; sara@reader.example',
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 User unknown',
      '',
      '--b--',
      '',
    ].join('\r\n'),
  });
  await until(
    async () => (await api.get<CampaignReport>(`/v1/campaigns/${campaignId}/report`)).bounced.late === 1,
    () => 'the report was not matched',
  );
  const suppressed = installation.command(['suppression', 'list', '--json']);
  expect(suppressed.stdout).toContain('sara@reader.example');
});
