import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { TestApi } from './api.fixture.js';

interface Answer {
  readonly status: number;
  // Its shape is what the expectations say.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** The routes that the web app has from the start, and no other client before it. */
describe('what the web app asks', () => {
  let api: TestApi;
  let source: DataSource;
  let key: string;
  let foreignKey: string;

  beforeAll(async () => {
    api = await TestApi.start();
    source = api.source;
    key = await api.key();
    foreignKey = await api.key({}, await api.otherWorkspace());
  });
  afterAll(() => api.close());

  async function ask(method: string, path: string, body?: unknown, as = key, type = 'application/json'): Promise<Answer> {
    const answer = await fetch(`${api.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${as}`, ...(body !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  it('keeps contacts: made, found, changed, on lists, deleted, and of no other workspace', async () => {
    const made = await ask('POST', '/v1/contacts', { email: 'sara@example.org', first_name: 'سارا', attributes: { city: 'Tehran' } });
    expect(made).toMatchObject({ status: 201, body: { email: 'sara@example.org', first_name: 'سارا', last_name: '' } });
    expect((await ask('POST', '/v1/contacts', { email: 'Sara@Example.org' })).body.name).toBe('contact_exists');
    expect((await ask('POST', '/v1/contacts', { email: 'nobody' })).status).toBe(422);
    const { id } = made.body;
    expect((await ask('GET', '/v1/contacts?search=SARA')).body.data.map((one: { id: string }) => one.id)).toEqual([id]);
    expect((await ask('GET', '/v1/contacts?status=subscribed')).status).toBe(422);
    const list = (await ask('POST', '/v1/lists', { name: 'Readers' })).body.id;
    expect((await ask('PUT', `/v1/contacts/${id}/lists/${list}`, { status: 'subscribed' })).status).toBe(204);
    expect((await ask('GET', `/v1/contacts?list=${list}&status=subscribed`)).body.data).toMatchObject([{ id, status: 'subscribed' }]);
    expect((await ask('PUT', `/v1/contacts/${id}/lists/${list}`, { status: 'unsubscribed' })).status).toBe(204);
    expect((await ask('PATCH', `/v1/contacts/${id}`, { last_name: 'Karimi' })).body).toMatchObject({
      first_name: 'سارا',
      last_name: 'Karimi',
    });
    expect((await ask('GET', `/v1/contacts/${id}`)).body).toMatchObject({
      attributes: { city: 'Tehran' },
      lists: [{ list_id: list, name: 'Readers', status: 'unsubscribed' }],
    });
    for (const [method, path, body] of [
      ['GET', `/v1/contacts/${id}`],
      ['PATCH', `/v1/contacts/${id}`, { last_name: 'x' }],
      ['DELETE', `/v1/contacts/${id}`],
      ['PUT', `/v1/contacts/${id}/lists/${list}`, { status: 'subscribed' }],
    ] as const)
      expect((await ask(method, path, body, foreignKey)).body.name, `${method} ${path}`).toBe('contact_not_found');
    expect((await ask('DELETE', `/v1/contacts/${id}`)).status).toBe(204);
    expect((await ask('GET', `/v1/contacts/${id}`)).status).toBe(404);
  });

  const draft = { subject: 'Hello {{first_name}}', language: 'en' };
  const mjml = (text: string) =>
    `<mjml><mj-body><mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section></mj-body></mjml>`;

  it('shows a draft of a template as a contact, with given values, or says what is wrong with which line', async () => {
    await ask('POST', '/v1/contacts', { email: 'omid@example.org', first_name: 'Omid' });
    const shown = await ask('POST', '/v1/templates/preview', {
      ...draft,
      source: mjml('Dear {{first_name}}'),
      contact: 'omid@example.org',
    });
    expect(shown).toMatchObject({ status: 200, body: { subject: 'Hello Omid' } });
    expect(shown.body.html).toContain('Dear Omid');
    expect((await ask('POST', '/v1/templates/preview', { ...draft, source: mjml('x'), values: { first_name: 'Ann' } })).body.subject).toBe(
      'Hello Ann',
    );
    const broken = await ask('POST', '/v1/templates/preview', { ...draft, source: mjml('{{#if first_name}}') });
    expect(broken.body).toMatchObject({
      name: 'template_invalid',
      errors: [expect.objectContaining({ field: 'source', line: expect.any(Number) })],
    });
    const foreign = await ask('POST', '/v1/templates/preview', { ...draft, source: mjml('x'), contact: 'omid@example.org' }, foreignKey);
    expect(foreign.body.name).toBe('contact_not_found');
    expect((await ask('GET', '/v1/templates')).body.data).toEqual([]);
  });

  it('looks into a contact file without keeping it, and imports it with a mapping', async () => {
    const file = 'E-Mail;Vorname;Stadt\nann@example.org;Ann;Bonn\nbob@example.org;Bob;Köln\n';
    const preview = await ask('POST', '/v1/imports/preview', file, key, 'text/csv');
    expect(preview).toMatchObject({
      status: 200,
      body: { delimiter: ';', columns: [{ column: 'E-Mail', field: 'email' }, { column: 'Vorname' }, { column: 'Stadt' }] },
    });
    expect(preview.body.rows).toEqual([
      ['ann@example.org', 'Ann', 'Bonn'],
      ['bob@example.org', 'Bob', 'Köln'],
    ]);
    expect((await ask('POST', '/v1/imports/preview', 'x,y\n1,2\n', key, 'text/csv')).body.name).toBe('import_no_email_column');
    expect((await ask('GET', '/v1/imports')).body.data).toEqual([]);
    const list = (await ask('POST', '/v1/lists', { name: 'Imported' })).body.id;
    const mapping = encodeURIComponent(JSON.stringify({ Vorname: 'first_name', Stadt: 'ignore' }));
    const made = await ask('POST', `/v1/imports?list=${list}&mapping=${mapping}`, file, key, 'text/csv');
    expect(made.body.columns).toEqual([
      { column: 'E-Mail', field: 'email' },
      { column: 'Vorname', field: 'first_name' },
      { column: 'Stadt', field: 'ignore' },
    ]);
    for (const bad of ['nonsense', '["a"]', '{"a":1}'])
      expect((await ask('POST', `/v1/imports?list=${list}&mapping=${encodeURIComponent(bad)}`, file, key, 'text/csv')).status, bad).toBe(
        422,
      );
  });

  it('counts an audience, and says of a draft without template and lists what is missing', async () => {
    const list = (await ask('POST', '/v1/lists', { name: 'Counted' })).body.id;
    const { id } = (await ask('POST', '/v1/contacts', { email: 'counted@example.org' })).body;
    await ask('PUT', `/v1/contacts/${id}/lists/${list}`, { status: 'subscribed' });
    const counts = await ask('POST', '/v1/campaigns/audience', { include: { lists: [list] } });
    expect(counts).toMatchObject({ status: 200, body: { selected: 1, sendable: 1 } });
    expect((await ask('POST', '/v1/campaigns/audience', { include: { lists: [list] } }, foreignKey)).body.name).toBe('campaign_invalid');
    const campaign = (
      await ask('POST', '/v1/campaigns', { name: 'Draft', fromEmail: 'a@news.example.org', audience: { include: { lists: [] } } })
    ).body;
    const checks = (await ask('GET', `/v1/campaigns/${campaign.id}/checks`)).body;
    expect(checks).toMatchObject({ is_ready: false, audience: null });
    expect(checks.problems.map(({ field }: { field: string }) => field).sort()).toEqual(['audience', 'templateId']);
    expect((await ask('POST', `/v1/campaigns/${campaign.id}/send`)).body.name).toBe('campaign_not_ready');
    const template = (await ask('POST', '/v1/templates', { name: 'T', subject: 'S', source: mjml('Hi') })).body.id;
    await ask('PATCH', `/v1/campaigns/${campaign.id}`, { templateId: template, audience: { include: { lists: [list] } } });
    expect((await ask('GET', `/v1/campaigns/${campaign.id}/checks`)).body).toMatchObject({
      is_ready: true,
      problems: [],
      audience: { sendable: 1 },
    });
    expect((await ask('GET', `/v1/campaigns/${campaign.id}/checks`, undefined, foreignKey)).status).toBe(404);
  });

  it('reads the audit log of its own workspace, and of all only for administrators of the installation', async () => {
    await ask('POST', '/v1/queue/suspend', { domain: 'example.com', reason: 'test' });
    const own = await ask('GET', '/v1/audit');
    expect(own.body.data[0]).toMatchObject({ action: expect.stringContaining('queue.'), actor: 'API key test' });
    expect((await ask('GET', '/v1/audit', undefined, foreignKey)).body.data).toEqual([]);
    expect((await ask('GET', '/v1/audit?scope=instance')).body.name).toBe('operator_required');
    expect((await source.query('SELECT count(*)::int AS n FROM audit_entries'))[0].n).toBeGreaterThan(0);
  });
});
