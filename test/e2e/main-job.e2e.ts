import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignReport, LedgerAudit } from '#domain/campaigns';
import { Api } from './support/api.js';
import { Installation, until } from './support/installation.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const PEOPLE = 400;

let installation: Installation;
let api: Api;
let folder: string;
let listId: string;
let templateId: string;

/** Everything runs, as `npm start` runs it; simulated people live so fast that their week passes in seconds. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-e2e-files-'));
  installation = await Installation.create({
    CHAPAR_SIMULATOR_TIME_SCALE: '20000',
  });
  await installation.start('api,tracker,mta,mx,mailbox,worker').ready();
  const key = JSON.parse(installation.command(['api-key', 'create', '--name', 'e2e', '--scope', 'full', '--json']).stdout) as {
    key: string;
  };
  api = new Api(installation.url, key.key);
});

afterAll(async () => {
  await installation.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string, content: string | Buffer) => {
  const full = path.join(folder, name);
  writeFileSync(full, content);
  return full;
};
const campaign = (more: object = {}) =>
  api.post<{ id: string; status: string }>('/v1/campaigns', {
    name: 'Letter',
    templateId,
    fromName: 'چایخانه',
    fromEmail: 'letters@sandbox.chapar.test',
    audience: { include: { lists: [listId] } },
    ...more,
  });
const reportOf = (id: string) => api.get<CampaignReport>(`/v1/campaigns/${id}/report`);

async function ended(id: string): Promise<CampaignReport> {
  await until(
    async () => (await api.get(`/v1/campaigns/${id}`))['status'] === 'sent',
    () => 'the campaign did not end',
    120_000,
  );
  return reportOf(id);
}

describe('the main job', () => {
  it('imports a contact file, and reports its bad rows', async () => {
    const rows = readFileSync(path.join(root, 'templates', 'demo', 'contacts.csv'), 'utf8')
      .split('\n')
      .slice(0, PEOPLE + 1);
    const csv = file('people.csv', `${rows.join('\n')}\nnot-an-address,X,,,,,,\nSARA.simulated@chmail.example,Sara,,Shiraz,fa,,,\n`);
    const { code, stdout, stderr } = installation.command(['contacts', 'import', csv, '--list', 'Readers', '--json']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'finished' });
    const { data: lists } = await api.get<{ data: { id: string; name: string }[] }>('/v1/lists');
    listId = lists.find(({ name }) => name === 'Readers')!.id;
    const { data: imports } = await api.get<{ data: { id: string; rows_rejected: number; rows_created: number }[] }>('/v1/imports');
    expect(imports[0]!.rows_rejected).toBeGreaterThan(0);
    expect(imports[0]!.rows_created).toBeGreaterThan(PEOPLE * 0.9);
  });

  it('compiles the newsletter', async () => {
    const source = readFileSync(path.join(root, 'templates', 'demo', 'newsletter.mjml'), 'utf8');
    templateId = (
      await api.post<{ id: string }>('/v1/templates', {
        name: 'Letter',
        language: 'en',
        direction: 'ltr',
        subject: 'Tea, {{default first_name "friend"}}',
        preheader: '',
        source,
      })
    ).id;
  });

  it('shows what a contact will get', async () => {
    const { id } = await campaign();
    const preview = await api.get<{ subject: string; html: string; text: string }>(
      `/v1/campaigns/${id}/preview?contact=sara.simulated@chmail.example`,
    );
    expect(preview.subject).toBe('Tea, Sara');
    expect(preview.html).toContain('<html');
    expect(preview.text).not.toMatch(/\{\{/);
  });

  it('sends it, records everything that comes back, and accounts for everyone', async () => {
    const { id } = await campaign();
    const sent = installation.command(['campaign', 'send', id, '--json']);
    expect(sent.code, sent.stderr).toBe(0);
    const report = await ended(id);
    expect(report.recipients).toBeGreaterThan(PEOPLE * 0.9);
    expect(report.queued).toBe(0);
    expect(report.accepted).toBeGreaterThan(report.recipients * 0.9);
    await until(
      async () => {
        const now = await reportOf(id);
        return now.opens.human.unique > 20 && now.opens.machine.unique > 5 && now.clicks.human.unique > 2 && now.autoReplied > 0;
      },
      () => 'nobody reacted',
    );
    await until(
      async () => (await api.get<LedgerAudit>(`/v1/campaigns/${id}/audit`)).isComplete,
      () => 'the ledger and the counters disagree',
    );
    // A second time is refused: nobody gets it twice.
    expect((await api.raw(`/v1/campaigns/${id}/send`, { method: 'POST' })).status).toBe(409);
  });

  it('sends a test that counts nowhere', async () => {
    const { id } = await campaign();
    await api.post(`/v1/campaigns/${id}/test`, { to: ['delivered@simulator.chapar.test'] });
    await until(
      async () => (await installationTrace('delivered@simulator.chapar.test')) > 0,
      () => 'the test mail did not leave',
    );
    expect(await reportOf(id)).toMatchObject({ recipients: 0, accepted: 0 });
  });

  it('pauses, resumes, and cancels', async () => {
    const paused = await campaign();
    await api.post(`/v1/campaigns/${paused.id}/send`);
    await until(
      async () => (await api.raw(`/v1/campaigns/${paused.id}/pause`, { method: 'POST' })).status === 200,
      () => 'it could not be paused',
    );
    expect((await api.get(`/v1/campaigns/${paused.id}`))['status']).toBe('paused');
    await api.post(`/v1/campaigns/${paused.id}/resume`);
    expect((await ended(paused.id)).queued).toBe(0);

    const cancelled = await campaign();
    await api.post(`/v1/campaigns/${cancelled.id}/send`);
    await api.post(`/v1/campaigns/${cancelled.id}/cancel`);
    await until(
      async () => {
        const { queued, recipients, accepted, bounced, cancelled: stopped, suppressed } = await reportOf(cancelled.id);
        return queued === 0 && recipients === accepted + bounced.total - bounced.late + stopped + suppressed;
      },
      () => 'cancelling left somebody behind',
    );
  });
});

/** How many outcomes there are for an address. */
async function installationTrace(address: string): Promise<number> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: installation.postgres().url });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.email = $1 AND a.outcome = 1',
      [address],
    );
    return rows[0]!.n;
  } finally {
    await client.end();
  }
}

describe('the incoming port', () => {
  it('refuses mail for anybody else at RCPT', async () => {
    const transport = nodemailer.createTransport({
      host: '127.0.0.1',
      port: installation.mxPort,
      secure: false,
      tls: { rejectUnauthorized: false },
    });
    const mail = { from: 'a@example.org', to: 'victim@elsewhere.example', subject: 'x', text: 'x' };
    await expect(transport.sendMail(mail)).rejects.toMatchObject({ responseCode: 550 });
    await expect(transport.sendMail({ ...mail, to: 'postmaster@sandbox.chapar.test' })).rejects.toMatchObject({ responseCode: 550 });
  });
});

describe('bad input is a clear error, and nothing is half-done', () => {
  const refused = async (pathname: string, body: object) => {
    const { status, body: answer } = await api.raw(pathname, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    return { status, name: answer['name'] as string, message: answer['message'] as string };
  };
  const template = (source: string, subject = 'S') => ({ name: 'T', language: 'en', direction: 'ltr', subject, preheader: '', source });
  const mjml = (text: string) =>
    `<mjml><mj-body><mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section></mj-body></mjml>`;

  it('a template that does not compile', async () => {
    const answer = await refused('/v1/templates', template(mjml('{{#if x}}never closed')));
    expect(answer.status).toBe(422);
    expect(answer.message).toContain('{{#if x}} is never closed: add {{/if}}');
    expect((await refused('/v1/templates', template('<mjml><mj-body><mj-nonsense/></mj-body></mjml>'))).status).toBe(422);
  });

  it('a header with a line break', async () => {
    for (const more of [{ fromName: 'A\r\nBcc: victim@elsewhere.example' }, { fromEmail: 'a@sandbox.chapar.test\r\nBcc: x@y.z' }]) {
      const answer = await refused('/v1/campaigns', {
        name: 'C',
        templateId,
        fromName: 'A',
        fromEmail: 'a@sandbox.chapar.test',
        audience: { include: { lists: [listId] } },
        ...more,
      });
      expect(answer.status).toBe(422);
    }
  });

  it('a list with nobody to send to', async () => {
    const empty = await api.post<{ id: string }>('/v1/lists', { name: 'Empty' });
    const { id } = await campaign({ audience: { include: { lists: [empty.id] } } });
    const answer = await refused(`/v1/campaigns/${id}/send`, {});
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.message).toMatch(/nobody|no .*contact|recipient/i);
    expect((await api.get(`/v1/campaigns/${id}`))['status']).toBe('draft');
  });

  it('a merge tag with no value, where the template forbids that', async () => {
    const strict = await api.post<{ id: string }>('/v1/templates', { ...template(mjml('{{shoe_size}}')), missingValues: 'strict' });
    const { id } = await campaign({ templateId: strict.id });
    const answer = await refused(`/v1/campaigns/${id}/send`, {});
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.message).toContain('shoe_size');
    expect((await reportOf(id)).recipients).toBe(0);
  });

  it('a ZIP archive in place of a contact file', async () => {
    const zip = file('people.zip', Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(4096, 1)]));
    const { code, stderr } = installation.command(['contacts', 'import', zip, '--list', 'Readers']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/ZIP/i);
  });

  it('a contact file that is not there, and no list is left behind', async () => {
    const { code, stderr } = installation.command(['contacts', 'import', path.join(folder, 'none.csv'), '--list', 'Never made']);
    expect(code).toBe(1);
    expect(stderr).toContain('none.csv cannot be read: it does not exist.');
    expect(installation.command(['contacts', 'import', file('note.txt', 'a,b\n1,2\n'), '--list', 'Never made']).stderr).toContain(
      'No column holds e-mail addresses',
    );
    const { data } = await api.get<{ data: { name: string }[] }>('/v1/lists');
    expect(data.map(({ name }) => name)).not.toContain('Never made');
  });
});
