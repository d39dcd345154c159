import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explainBounce } from '#protocol/dsn';
import { type ExplainedFile, explainFiles } from './explain-files.js';

const fixtures = fileURLToPath(new URL('../../../libs/protocol/dsn/fixtures/', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-explain-'));
  mkdirSync(path.join(folder, 'new'));
  copyFileSync(path.join(fixtures, 'amazon-ses.eml'), path.join(folder, 'new', '1700000000.M1P2.host'));
  copyFileSync(path.join(fixtures, 'arf-abuse.eml'), path.join(folder, 'b.eml'));
  copyFileSync(path.join(fixtures, 'auto-exchange-oof.eml'), path.join(folder, 'a.eml'));
  writeFileSync(path.join(folder, '.hidden'), 'x');
  writeFileSync(path.join(folder, 'empty.eml'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function explain(...places: string[]): Promise<ExplainedFile[]> {
  const explained: ExplainedFile[] = [];
  for await (const one of explainFiles(places)) explained.push(one);
  return explained;
}

it('says of every file in a folder, in order, what it is, with every field there', async () => {
  const explained = await explain(folder);
  expect(explained.map(({ file, kind }) => [path.relative(folder, file), kind])).toEqual([
    ['a.eml', 'auto-reply'],
    ['b.eml', 'complaint'],
    ['empty.eml', 'other'],
    ['new/1700000000.M1P2.host', 'bounce'],
  ]);
  for (const one of explained)
    expect(Object.keys(one)).toEqual(['file', 'kind', 'recipient', 'permanent', 'class', 'enhancedCode', 'reason', 'explanation']);
  expect(explained[3]).toMatchObject({ permanent: true, class: 'spam-content' });
});

it('says the same of a file as of its bytes', async () => {
  const file = path.join(fixtures, 'amazon-ses.eml');
  const [explained] = await explain(file);
  expect(explained).toMatchObject(JSON.parse(JSON.stringify(explainBounce(readFileSync(file)))) as object);
});

it('goes on after a file that cannot be read', async () => {
  const explained = await explain(path.join(folder, 'missing.eml'), path.join(folder, 'b.eml'));
  expect(explained).toMatchObject([{ kind: null, error: expect.stringContaining('ENOENT') }, { kind: 'complaint' }]);
});

it('reads the beginning of a message that is far too large', async () => {
  const file = path.join(folder, 'new', 'huge');
  writeFileSync(file, Buffer.concat([readFileSync(path.join(fixtures, 'arf-abuse.eml')), Buffer.alloc(12 * 1024 * 1024, 'x\n')]));
  expect(await explain(file)).toMatchObject([{ kind: 'complaint' }]);
});
