import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Outcome, Via } from '#base/contracts';
import { testCertificate } from '#testing/certificates';
import { debianProgram } from '#testing/debian-programs';
import { type MailServer, startEximServer, startPostfixServer, startSendmailServer } from '#testing/mail-servers';
import { Postfix } from '#testing/postfix';
import { SmtpSink } from '#testing/smtp-sink';
import { Api } from '../e2e/support/api.js';
import { Installation, until } from '../e2e/support/installation.js';

/*
 * The whole product towards servers that nobody here wrote. What they refuse at once and what they send back afterwards is
 * read alike; what they keep carries signatures that verifiers of others accept.
 */
const DOMAIN = 'shop.example';
const starts = { 'postfix.test': startPostfixServer, 'exim.test': startEximServer, 'sendmail.test': startSendmailServer };
const domains = Object.keys(starts) as (keyof typeof starts)[];

interface Row {
  readonly outcome: number;
  readonly via: number;
  readonly bounce_class: string | null;
  readonly enhanced_code: string | null;
  readonly reply: string;
}

describe.skipIf(!Postfix.canRun)('a campaign to servers of others', () => {
  let installation: Installation;
  let folder: string;
  let refusing: SmtpSink;
  let database: pg.Client;
  const servers = new Map<string, MailServer>();

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-interop-'));
    chmodSync(folder, 0o755);
    const { key, cert } = await testCertificate(['mx.test']);
    const [certFile, keyFile] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    refusing = await SmtpSink.listen({
      onRecipient: (to) => (to.startsWith('full') ? '552 5.2.2 The mailbox is full' : '550 5.7.1 Blocked by policy'),
    });
    installation = await Installation.create();
    for (const domain of domains) {
      servers.set(
        domain,
        await starts[domain]({
          domain,
          idnDomain: `xn--mgba.${domain}`,
          users: { sara: 'sara' },
          routes: { [DOMAIN]: installation.mxPort, [`onward.${domain}`]: refusing.port },
          certFile,
          keyFile,
        }),
      );
    }
    const routes = domains.flatMap((domain) =>
      [domain, `late.${domain}`, `onward.${domain}`].map((name) => `${name}=127.0.0.1:${servers.get(domain)!.port}`),
    );
    installation.configure({ CHAPAR_DELIVERY: 'live', CHAPAR_ROUTES: routes.join(',') });
    await installation.start('api,tracker,mta,mx,worker').ready();
    database = new pg.Client({ connectionString: installation.postgres().url });
    await database.connect();
    await send();
  });

  afterAll(async () => {
    await database?.end();
    await installation?.dispose();
    for (const server of servers.values()) await server.stop();
    await refusing?.close();
    rmSync(folder, { recursive: true });
  });

  async function send(): Promise<void> {
    expect(installation.command(['domain', 'add', DOMAIN]).code).toBe(0);
    await database.query(`UPDATE domains SET status = 'verified' WHERE name = $1`, [DOMAIN]);
    const { stdout } = installation.command(['api-key', 'create', '--name', 'interop', '--scope', 'full', '--json']);
    const api = new Api(installation.url, (JSON.parse(stdout) as { key: string }).key);
    const list = await api.post<{ id: string }>('/v1/lists', { name: 'All' });
    const addresses = domains.flatMap((domain) => [
      `sara@${domain}`,
      `nobody@${domain}`,
      `busy@${domain}`,
      `gone@late.${domain}`,
      `full@onward.${domain}`,
      `spam@onward.${domain}`,
    ]);
    await database.query(
      `WITH c AS (INSERT INTO contacts (workspace_id, email, email_key) SELECT w.id, a, a FROM workspaces w, unnest($2::text[]) AS a RETURNING id)
       INSERT INTO list_memberships (list_id, contact_id, status) SELECT $1, id, 'subscribed' FROM c`,
      [list.id, addresses],
    );
    const source = `<mjml><mj-body><mj-section><mj-column><mj-text>سلام, <a href="https://shop.example/">tea</a> <a href="{{unsubscribe_url}}">no more</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
    const template = await api.post<{ id: string }>('/v1/templates', { name: 'T', subject: 'سلام', source });
    const campaign = await api.post<{ id: string }>('/v1/campaigns', {
      name: 'C',
      templateId: template.id,
      fromName: 'چایخانه',
      fromEmail: `hello@${DOMAIN}`,
      audience: { include: { lists: [list.id] } },
    });
    await api.post(`/v1/campaigns/${campaign.id}/send`);
  }

  /** The last attempt of an address, once it is what is waited for. */
  async function outcomeOf(address: string, isIt: (row: Row) => boolean): Promise<Row> {
    let row: Row | undefined;
    await until(
      async () => {
        const { rows } = await database.query<Row>(
          `SELECT a.* FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.email = $1 ORDER BY a.number DESC, a.id DESC LIMIT 1`,
          [address],
        );
        row = rows[0];
        return row !== undefined && isIt(row);
      },
      () =>
        `${address} has come to ${JSON.stringify(row)}; ${servers.get(address.replace(/^.*(@|\.)(\w+\.test)$/, '$2'))?.log.slice(-3000)}`,
      30_000,
    );
    return row!;
  }

  it.each(domains)('%s: an unknown mailbox is a bounce at once, a busy one is tried again', async (domain) => {
    expect(await outcomeOf(`nobody@${domain}`, ({ outcome }) => outcome === Outcome.bounced)).toMatchObject({
      via: Via.smtp,
      bounce_class: 'invalid-recipient',
      enhanced_code: '5.1.1',
    });
    expect(await outcomeOf(`busy@${domain}`, ({ outcome }) => outcome === Outcome.deferred)).toMatchObject({ enhanced_code: '4.2.1' });
  });

  it.each(domains)('%s: what it bounces later is read from its report, with the reason of whoever refused', async (domain) => {
    const isReported = ({ via }: Row) => via === Via.dsn;
    expect(await outcomeOf(`gone@late.${domain}`, isReported)).toMatchObject({
      outcome: Outcome.bounced,
      bounce_class: 'invalid-recipient',
    });
    expect(await outcomeOf(`full@onward.${domain}`, isReported)).toMatchObject({
      outcome: Outcome.bounced,
      bounce_class: 'mailbox-full',
      reply: expect.stringContaining('The mailbox is full'),
    });
    expect(await outcomeOf(`spam@onward.${domain}`, isReported)).toMatchObject({
      outcome: Outcome.bounced,
      reply: expect.stringContaining('Blocked by policy'),
    });
  });

  it.each(domains)('%s: what it kept is signed so that dkimpy accepts it, by RSA and by Ed25519', async (domain) => {
    await outcomeOf(`sara@${domain}`, ({ outcome }) => outcome === Outcome.delivered);
    const server = servers.get(domain)!;
    await until(
      () => server.mailbox('sara').length === 1,
      () => server.log,
    );
    const { rows } = await database.query<{ selector: string; algorithm: string; public_key: string }>(
      'SELECT selector, algorithm, public_key FROM dkim_keys k JOIN domains d ON d.id = k.domain_id WHERE d.name = $1',
      [DOMAIN],
    );
    const zone = Object.fromEntries(
      rows.map(({ selector, algorithm, public_key }) => [
        `${selector}._domainkey.${DOMAIN}.`,
        `v=DKIM1; k=${algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519'}; p=${public_key}`,
      ]),
    );
    expect(await verifiedByDkimpy(server.mailbox('sara')[0]!, zone, rows.length)).toEqual(rows.map(() => true));
  });
});

/** What dkimpy says of each signature of a message. */
async function verifiedByDkimpy(message: Buffer, zone: Readonly<Record<string, string>>, count: number): Promise<boolean[]> {
  const program = await debianProgram({ packages: ['python3-dkim', 'python3-nacl'] });
  const script = `
import sys, json, dkim
zone = json.loads(sys.argv[1])
message = sys.stdin.buffer.read().replace(b'\\r\\n', b'\\n').replace(b'\\n', b'\\r\\n')
find = lambda name, timeout=5: zone.get((name.decode() if isinstance(name, bytes) else name), '').encode()
verifier = dkim.DKIM(message)
print(json.dumps([bool(verifier.verify(idx=i, dnsfunc=find)) for i in range(int(sys.argv[2]))]))
`;
  const answer = execFileSync('/usr/bin/python3', ['-c', script, JSON.stringify(zone), `${count}`], {
    env: { ...program.env, PYTHONPATH: program.path('usr/lib/python3/dist-packages') },
    input: message,
    encoding: 'utf8',
  });
  return JSON.parse(answer) as boolean[];
}
