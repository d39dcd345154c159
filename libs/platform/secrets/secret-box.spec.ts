import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SecretBox, openSecrets } from './secret-box.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const box = new SecretBox(Buffer.alloc(32, 1));

it('opens what it sealed, only for the same row and with the same key', () => {
  const sealed = box.seal(Buffer.from('private'), 'dkim_keys/1');
  expect(box.open(sealed, 'dkim_keys/1').toString()).toBe('private');
  expect(() => box.open(sealed, 'dkim_keys/2')).toThrow('changed or moved');
  expect(() => new SecretBox(Buffer.alloc(32, 2)).open(sealed, 'dkim_keys/1')).toThrow('another master key');
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed);
    changed[i]! ^= 1;
    if (i >= 4) expect(() => box.open(changed, 'dkim_keys/1')).toThrow();
  }
});

it('seals the same text differently each time, and derives different keys for different purposes', () => {
  expect(box.seal(Buffer.from('x'), 'a')).not.toEqual(box.seal(Buffer.from('x'), 'a'));
  expect(box.deriveKey('tracking')).not.toEqual(box.deriveKey('seal'));
  expect(box.deriveKey('tracking')).toEqual(new SecretBox(Buffer.alloc(32, 1)).deriveKey('tracking'));
});

it('creates its key once, readable by its owner alone, and refuses a damaged one', () => {
  const first = openSecrets(folder, undefined).deriveKey('x');
  expect(openSecrets(folder, undefined).deriveKey('x')).toEqual(first);
  const file = path.join(folder, 'secrets', 'master-key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(file, 'short');
  expect(() => openSecrets(folder, undefined)).toThrow(expect.objectContaining({ code: 'master_key_invalid' }));
});
