import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type ActorContext, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import {
  type ContactImport,
  type ImportOptions,
  type RunOptions,
  ContactService,
  ImportService,
  ListService,
  MembershipService,
  SuppressionService,
  audienceEntities,
} from '../index.js';

let database: TestDatabase;
let source: DataSource;
let dataDir: string;
let imports: ImportService;
let lists: ListService;
let contacts: ContactService;
let memberships: MembershipService;
let context: ActorContext;
let listId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...audienceEntities] });
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-import-'));
  imports = new ImportService(source, { dataDir });
  lists = new ListService(source);
  contacts = new ContactService(source);
  memberships = new MembershipService(source);
});

afterAll(async () => {
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  context = await newWorkspace();
  listId = (await lists.create(context, { name: 'Newsletter' })).id;
});

async function newWorkspace(): Promise<ActorContext> {
  const id = uuidv7();
  await source.query('INSERT INTO workspaces (id, name, slug) VALUES ($1, $2, $3)', [id, 'Test', id]);
  return systemActor(id, 'test');
}

const create = (file: string | Buffer, options: ImportOptions = {}) =>
  imports.create(context, { source: { stream: Readable.from([Buffer.from(file)]) }, fileName: 'people.csv', listId, options });

async function importFile(file: string | Buffer, options: ImportOptions = {}, run: RunOptions = {}): Promise<ContactImport> {
  return imports.run((await create(file, options)).id, run);
}

async function statuses(): Promise<Record<string, string>> {
  const rows = (await source.query(
    'SELECT c.email, m.status FROM list_memberships m JOIN contacts c ON c.id = m.contact_id WHERE m.list_id = $1 ORDER BY c.email',
    [listId],
  )) as { email: string; status: string }[];
  return Object.fromEntries(rows.map((row) => [row.email, row.status]));
}

async function rowCounts(): Promise<object> {
  const [row] = (await source.query(
    `SELECT (SELECT count(*) FROM contacts)::int AS contacts, (SELECT count(*) FROM list_memberships)::int AS memberships, (SELECT count(*) FROM contact_imports)::int AS imports`,
  )) as object[];
  return row!;
}

const people = (count: number, more = '') =>
  `email,first_name,city${Array.from({ length: count }, (_, i) => `\nperson${i}@example.org,Person ${i},Shiraz`).join('')}${more}\n`;

describe('a file of contacts', () => {
  it('becomes contacts with fields and attributes, and members of the list', async () => {
    const done = await importFile(
      'Email Address;First Name;Last Name;Locale;Favourite Colour;شهر\r\n"sara@example.org";Sara;"Moradi; PhD";fa_IR;green;شیراز\r\nReza <REZA@Example.ORG>;Reza;;;;\r\n',
    );
    expect(done).toMatchObject({
      status: 'finished',
      progress: 1,
      delimiter: ';',
      rowsRead: 2,
      rowsCreated: 2,
      rowsRejected: 0,
      subscribed: 2,
      hasErrorFile: false,
    });
    expect(await contacts.getByEmail(context, 'SARA@example.org')).toMatchObject({
      email: 'sara@example.org',
      firstName: 'Sara',
      lastName: 'Moradi; PhD',
      language: 'fa-IR',
      attributes: { favourite_colour: 'green', city: 'شیراز' },
    });
    expect(await contacts.getByEmail(context, 'reza@example.org')).toMatchObject({
      email: 'REZA@example.org',
      firstName: 'Reza',
      language: '',
      attributes: {},
    });
    expect(await statuses()).toEqual({ 'sara@example.org': 'subscribed', 'REZA@example.org': 'subscribed' });
  });

  it('is read in the encoding that was declared, or that its byte order mark names', async () => {
    const text = 'ایمیل,نام,نام خانوادگی\nali@example.org,علی,رضایی\n';
    await importFile(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]));
    expect(await contacts.getByEmail(context, 'ali@example.org')).toMatchObject({ firstName: 'علی', lastName: 'رضایی' });
    const windows1256 = Buffer.concat([
      Buffer.from('email,first_name\nzahra@example.org,'),
      Buffer.from([0xd2, 0xe5, 0xd1, 0xc7]),
      Buffer.from('\n'),
    ]);
    expect(await importFile(windows1256, { encoding: 'windows-1256' })).toMatchObject({ status: 'finished', encoding: 'windows-1256' });
    expect(await contacts.getByEmail(context, 'zahra@example.org')).toMatchObject({ firstName: 'زهرا' });
  });

  it('reports bad rows by line and reason in a file that can be mended and imported again', async () => {
    const file =
      'email,first_name,note\nsara@example.org,Sara,"two\r\nlines"\nnobody,=1+1,"a ""quote"""\n\n,Empty,\nx@example.org,Too,many,cells\nreza@example.org,Reza\n';
    const done = await importFile(file);
    expect(done).toMatchObject({ rowsRead: 5, rowsCreated: 2, rowsRejected: 3, hasErrorFile: true });
    const refused = (await imports.findErrorFile(context, done.id))!;
    expect(refused.fileName).toBe('people-refused.csv');
    expect(
      readFileSync(refused.path, 'utf8')
        .replace(/^\ufeff/, '')
        .split('\r\n'),
    ).toEqual([
      'import_line,import_reason,email,first_name,note',
      '4,The e-mail address cannot be used: it has no @. (email_invalid),nobody,\'=1+1,"a ""quote"""',
      '6,There is no e-mail address. (email_missing),,Empty,',
      expect.stringMatching(/^7,"?The row has more cells.*\(too_many_cells\)"?,x@example.org,Too,many,cells$/),
      '',
    ]);
    const mended = readFileSync(refused.path, 'utf8').replace(',nobody,', ',somebody@example.org,');
    const again = await importFile(mended);
    expect(again).toMatchObject({ rowsCreated: 1, rowsRejected: 2 });
    expect(again.columns.slice(0, 3)).toEqual([
      { column: 'import_line', field: 'ignore' },
      { column: 'import_reason', field: 'ignore' },
      { column: 'email', field: 'email' },
    ]);
  });

  it('merges rows of the same address, near or far apart: what comes later wins, what is empty changes nothing', async () => {
    const far = Array.from({ length: 25 }, (_, i) => `filler${i}@example.org,,,`).join('\n');
    const file = `email,first_name,city,plan\nSARA@example.org,Sara,Shiraz,free\nsara@example.org,,Tehran,\n${far}\nsara@example.org,Sarah,,gold\n`;
    const done = await importFile(file, {}, { chunkRows: 10 });
    expect(done).toMatchObject({ rowsRead: 28, rowsCreated: 26, rowsDuplicate: 2, rowsUpdated: 0, rowsUnchanged: 0 });
    expect(await contacts.getByEmail(context, 'sara@example.org')).toMatchObject({
      firstName: 'Sarah',
      attributes: { city: 'Tehran', plan: 'gold' },
    });
  });

  it('updates contacts that exist, and counts those that it leaves as they were', async () => {
    await importFile('email,first_name,city\nsara@example.org,Sara,Shiraz\nreza@example.org,Reza,Yazd\nali@example.org,Ali,Qom\n');
    const again = await importFile('email,first_name,plan\nsara@example.org,Sarah,gold\nreza@example.org,Reza,\nnew@example.org,New,\n');
    expect(again).toMatchObject({ rowsRead: 3, rowsCreated: 1, rowsUpdated: 1, rowsUnchanged: 1, subscribed: 1 });
    expect(await contacts.getByEmail(context, 'sara@example.org')).toMatchObject({
      firstName: 'Sarah',
      attributes: { city: 'Shiraz', plan: 'gold' },
    });
  });

  it('leaves the values of contacts that exist when told to skip them, but lets them join the list', async () => {
    await contacts.create(context, { email: 'sara@example.org', firstName: 'Sara' });
    const done = await importFile('email,first_name\nsara@example.org,Other\nreza@example.org,Reza\n', { onDuplicate: 'skip' });
    expect(done).toMatchObject({ rowsCreated: 1, rowsUpdated: 0, rowsUnchanged: 1, subscribed: 2 });
    expect(await contacts.getByEmail(context, 'sara@example.org')).toMatchObject({ firstName: 'Sara' });
  });

  it('never subscribes again who unsubscribed, unless told so', async () => {
    await importFile(people(3));
    const left = await contacts.getByEmail(context, 'person1@example.org');
    await memberships.unsubscribe(context, listId, left.id);
    expect(await importFile(people(3))).toMatchObject({ subscribed: 0, keptUnsubscribed: 1 });
    expect(await statuses()).toEqual({
      'person0@example.org': 'subscribed',
      'person1@example.org': 'unsubscribed',
      'person2@example.org': 'subscribed',
    });
    expect(await importFile(people(3), { resubscribe: true })).toMatchObject({ subscribed: 1, keptUnsubscribed: 0 });
    expect(await statuses()).toMatchObject({ 'person1@example.org': 'subscribed' });
  });

  it('makes unconfirmed members of a double opt-in list, and never takes a confirmation back', async () => {
    listId = (await lists.create(context, { name: 'Double', optIn: 'double' })).id;
    await importFile(people(2));
    expect(await statuses()).toEqual({ 'person0@example.org': 'unconfirmed', 'person1@example.org': 'unconfirmed' });
    await importFile('email\nperson0@example.org\n', { status: 'subscribed' });
    await importFile(people(2));
    expect(await statuses()).toEqual({ 'person0@example.org': 'subscribed', 'person1@example.org': 'unconfirmed' });
  });

  it('counts contacts who are suppressed by address or domain, without sending them away', async () => {
    const suppressions = new SuppressionService(source);
    await suppressions.add(context, { address: 'Person0@example.org', reason: 'complaint' });
    await suppressions.add(context, { address: '@gone.example', reason: 'manual' });
    expect(await importFile(people(3, '\na@gone.example,A,\nb@sub.gone.example,B,'))).toMatchObject({ rowsCreated: 5, suppressed: 2 });
  });

  it('keeps attributes of an exported JSON column, and hostile names out of it', async () => {
    const done = await importFile(
      'email,name,attributes\na@example.org,Ann Lee,"{""city"":""Rome"",""visits"":3}"\nb@example.org,Bo,"{""__proto__"":{""x"":1}}"\n',
    );
    expect(done).toMatchObject({ rowsCreated: 1, rowsRejected: 1 });
    expect(await contacts.getByEmail(context, 'a@example.org')).toMatchObject({
      firstName: 'Ann Lee',
      attributes: { city: 'Rome', visits: 3 },
    });
  });

  it('brings text through COPY unharmed, whatever it holds', async () => {
    const nasty = 'tab\t back\\slash \\N \\. line\nend\r\n\'quote\' {"json":1} 😀';
    await importFile(`email,first_name,note\nx@example.org,\\N,"${nasty.replaceAll('"', '""')}"\n`);
    expect(await contacts.getByEmail(context, 'x@example.org')).toMatchObject({ firstName: '\\N', attributes: { note: nasty } });
  });
});

describe('a file that cannot be used', () => {
  const zip = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(26), Buffer.from('[Content_Types].xml xl/workbook.xml')]);
  it.each([
    ['an Excel workbook', zip, {}, 'import_not_csv', /Excel workbook/],
    ['a ZIP archive', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(100, 1)]), {}, 'import_not_csv', /ZIP archive/],
    ['a gzip archive', Buffer.from([0x1f, 0x8b, 8, 0, 0]), {}, 'import_not_csv', /gzip/],
    ['a PDF', '%PDF-1.7\n', {}, 'import_not_csv', /PDF/],
    ['a web page', '<!DOCTYPE html><html></html>', {}, 'import_not_csv', /web page/],
    ['NUL bytes', `email\n${'a@example.org\n'.repeat(500)}b\0@example.org\n`, {}, 'import_not_csv', /line 502/],
    ['nothing', '', {}, 'import_empty', /empty/],
    ['blank lines', '\n \n\r\n', {}, 'import_empty', /blank/],
    ['only a header', 'email,name\n', {}, 'import_empty', /nothing else/],
    ['no e-mail column', 'name,phone\nSara,1\n', {}, 'import_no_email_column', /"name", "phone"/],
    ['no header', 'sara@example.org,Sara\nreza@example.org,Reza\n', {}, 'import_no_email_column', /first line has/],
    ['too many columns', `email${',x'.repeat(1_000)}\n`, {}, 'import_too_many_columns', /1001 columns/],
    ['a column named __proto__', 'email,__proto__\na@example.org,1\n', {}, 'import_column_refused', /__proto__/],
    ['a column named constructor', 'email,Constructor\na@example.org,1\n', {}, 'import_column_refused', /Constructor/],
    ['two columns for one field', 'email,First Name,fname\na@example.org,1,2\n', {}, 'import_column_refused', /both fill first_name/],
    [
      'an undeclared encoding',
      Buffer.concat([Buffer.from('email,name\n'.repeat(9)), Buffer.from([0xd2, 0xe5, 0x0a])]),
      {},
      'import_encoding_wrong',
      /Line 10/,
    ],
    ['an unknown encoding', 'email\n', { encoding: 'klingon' }, 'import_encoding_unknown', /klingon/],
    ['a header without end', `"email\n${'x'.repeat(1_200_000)}`, {}, 'import_record_too_large', /line 1 /],
  ])('is refused with its reason: %s', async (_what, file, options, code, message) => {
    const before = await rowCounts();
    await expect(create(file, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await rowCounts()).toEqual(before);
    expect(readdirSync(path.join(dataDir, 'imports')).filter((name) => !name.endsWith('.errors.csv'))).toEqual([]);
  });

  it('shows how a line would read in other encodings', async () => {
    const file = Buffer.concat([Buffer.from('email,name\nz@example.org,'), Buffer.from([0xd2, 0xe5, 0xd1, 0xc7]), Buffer.from('\n')]);
    await expect(create(file)).rejects.toMatchObject({
      suggestion: expect.stringContaining('windows-1256 would read "z@example.org,زهرا"'),
    });
  });

  it.each([
    ['a quote that is never closed', `${people(500)}x@example.org,"open`, 'import_quote_unclosed', 'line 502'],
    ['a record of more than 1 MB', `${people(500)}x@example.org,"${'y'.repeat(1_100_000)}"\n`, 'import_record_too_large', 'line 502'],
  ])('fails without a trace when it turns out so only at its end: %s', async (_what, file, errorCode, line) => {
    const before = await rowCounts();
    const done = await importFile(file, {}, { chunkRows: 100 });
    expect(done).toMatchObject({ status: 'failed', errorCode, errorMessage: expect.stringContaining(line), rowsCreated: 0 });
    expect(await rowCounts()).toMatchObject({ ...before, imports: expect.any(Number) });
    expect(await stagingTables()).toEqual([]);
  });
});

async function stagingTables(): Promise<unknown[]> {
  return source.query(`SELECT relname FROM pg_class WHERE relname LIKE 'import_rows_%'`);
}

describe('a run', () => {
  it('tells its progress with each chunk and leaves nothing behind', async () => {
    const seen: ContactImport[] = [];
    const created = await create(people(95));
    const done = await imports.run(created.id, { chunkRows: 20, onProgress: (progress) => seen.push(progress) });
    expect(seen.map((one) => one.rowsRead)).toEqual([20, 40, 60, 80, 95, 95, 95, 95, 95, 95]);
    expect(seen.map((one) => one.rowsCreated)).toEqual([0, 0, 0, 0, 0, 20, 40, 60, 80, 95]);
    expect(seen.map((one) => one.progress)).toEqual(seen.map((one) => one.progress).toSorted((a, b) => a - b));
    expect(done).toMatchObject({ status: 'finished', bytesDone: done.bytesTotal });
    expect(await stagingTables()).toEqual([]);
    expect(existsSync(path.join(dataDir, 'imports', `${created.id}.csv`))).toBe(false);
    expect(await imports.run(created.id)).toEqual(done);
  });

  it.each([3, 8])('stops between chunks (after %i) when told to, and continues where it was', async (stopAfter) => {
    const { id } = await create(`${people(95)}bad\nperson3@example.org,Again,\n`);
    const stop = new AbortController();
    let chunks = 0;
    const stopped = await imports.run(id, { chunkRows: 20, signal: stop.signal, onProgress: () => ++chunks === stopAfter && stop.abort() });
    expect(stopped).toMatchObject({ status: 'running' });
    const done = await imports.run(id, { chunkRows: 20 });
    expect(done).toMatchObject({ status: 'finished', rowsRead: 97, rowsCreated: 95, rowsDuplicate: 1, rowsRejected: 1, rowsUnchanged: 0 });
    expect(readFileSync((await imports.findErrorFile(context, id))!.path, 'utf8').match(/email_invalid/g)).toHaveLength(1);
  });

  it('reads the file again when a crash of the database emptied the staging table, and counts nothing twice', async () => {
    const { id } = await create(`${people(95)}bad\n`);
    const stop = new AbortController();
    let chunks = 0;
    await imports.run(id, { chunkRows: 20, signal: stop.signal, onProgress: () => ++chunks === 7 && stop.abort() });
    await source.query(`TRUNCATE import_rows_${id.replaceAll('-', '')}`);
    expect(await imports.run(id, { chunkRows: 20 })).toMatchObject({
      status: 'finished',
      rowsRead: 96,
      rowsCreated: 95,
      rowsRejected: 1,
      rowsUpdated: 0,
      rowsUnchanged: 0,
    });
  });

  it('cuts an error file back to what was counted', async () => {
    const { id } = await create(`email\nbad1\nbad2\nbad3\n`);
    const file = path.join(dataDir, 'imports', `${id}.errors.csv`);
    writeFileSync(file, 'left by a run that was killed before its first commit');
    await imports.run(id);
    expect(
      readFileSync(file, 'utf8')
        .replace(/^\ufeff/, '')
        .split('\r\n'),
    ).toHaveLength(5);
  });

  it('ends when it is cancelled, keeping what came in', async () => {
    const { id } = await create(people(600));
    const cancelled: Promise<unknown>[] = [];
    let chunks = 0;
    const done = await imports.run(id, { chunkRows: 20, onProgress: () => ++chunks === 33 && cancelled.push(imports.cancel(context, id)) });
    await Promise.all(cancelled);
    expect(done.status).toBe('cancelled');
    expect(done.rowsCreated).toBeGreaterThan(0);
    expect(done.rowsCreated).toBeLessThan(600);
    expect(Object.keys(await statuses())).toHaveLength(done.rowsCreated);
    expect(await stagingTables()).toEqual([]);
    await expect(imports.cancel(context, id)).rejects.toMatchObject({ code: 'import_finished' });
  });

  it('is made once, however many workers have the job', async () => {
    const { id } = await create(people(200));
    const done = await Promise.all([
      imports.run(id, { chunkRows: 20 }),
      imports.run(id, { chunkRows: 20 }),
      imports.run(id, { chunkRows: 20 }),
    ]);
    for (const one of done) expect(one).toMatchObject({ status: 'finished', rowsRead: 200, rowsCreated: 200, rowsUnchanged: 0 });
  });

  it('goes well beside another import of the same people', async () => {
    const [a, b] = [await create(people(300)), await create(people(300))];
    const [first, second] = await Promise.all([imports.run(a.id, { chunkRows: 50 }), imports.run(b.id, { chunkRows: 50 })]);
    expect(first!.rowsCreated + second!.rowsCreated).toBe(300);
    expect(first!.rowsUnchanged + second!.rowsUnchanged).toBe(300);
  });

  it.each([
    ['at once when the database refuses what the file says', '22P05', 1, 'import_refused'],
    ['after ten tries when it keeps failing for another reason', 'XX000', 10, 'import_gave_up'],
  ])('ends as failed %s, and is not asked for again', async (_what, sqlState, tries, errorCode) => {
    await source.query(`CREATE FUNCTION refuse_contacts() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'cannot be' USING ERRCODE = '${sqlState}'; END $$`);
    await source.query('CREATE TRIGGER refuse BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION refuse_contacts()');
    try {
      const { id } = await create(people(5));
      for (let run = 1; run < tries; run++) await expect(imports.run(id)).rejects.toThrow('cannot be');
      const done = await imports.run(id);
      expect(done).toMatchObject({ status: 'failed', errorCode, errorMessage: expect.stringContaining('cannot be') });
      expect(await stagingTables()).toEqual([]);
    } finally {
      await source.query('DROP FUNCTION refuse_contacts CASCADE');
    }
  });

  it('leaves no files behind for ever: refused rows go when they are old, those of today stay', async () => {
    const { id } = await create('email\nnonsense\na@example.org\n');
    expect(await imports.run(id)).toMatchObject({ hasErrorFile: true });
    expect(await imports.removeOldFiles(30)).toBe(0);
    await source.query(`UPDATE contact_imports SET finished_at = now() - interval '31 days' WHERE id = $1`, [id]);
    expect(await imports.removeOldFiles(30)).toBe(1);
    expect(await imports.get(context, id)).toMatchObject({ hasErrorFile: false });
    await expect(imports.openErrorFile(context, id)).rejects.toMatchObject({ code: 'import_no_refused_rows' });
  });

  it('fails when its list is gone', async () => {
    const { id } = await create(people(3));
    await lists.delete(context, listId);
    expect(await imports.run(id)).toMatchObject({ status: 'failed', errorCode: 'import_list_gone' });
  });
});

describe('another workspace', () => {
  it('sees and touches nothing of this one', async () => {
    const done = await importFile(people(3));
    const other = await newWorkspace();
    await expect(imports.get(other, done.id)).rejects.toMatchObject({ code: 'import_not_found' });
    await expect(imports.cancel(other, done.id)).rejects.toMatchObject({ code: 'import_not_found' });
    await expect(imports.findErrorFile(other, done.id)).rejects.toMatchObject({ code: 'import_not_found' });
    expect(await imports.list(other)).toEqual([]);
    await expect(
      imports.create(other, { source: { stream: Readable.from([Buffer.from('email\nx@example.org\n')]) }, fileName: 'x.csv', listId }),
    ).rejects.toMatchObject({ code: 'list_not_found' });
    const own = await lists.create(other, { name: 'Newsletter' });
    const stream = Readable.from([Buffer.from('email,first_name\nperson0@example.org,Theirs\n')]);
    const theirs = await imports.create(other, { source: { stream }, fileName: 'x.csv', listId: own.id });
    expect(await imports.run(theirs.id)).toMatchObject({ rowsCreated: 1, rowsUpdated: 0 });
    expect(await contacts.getByEmail(context, 'person0@example.org')).toMatchObject({ firstName: 'Person 0' });
  });
});
