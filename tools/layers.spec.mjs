import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import { ESLint } from 'eslint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import configuration from '../.dependency-cruiser.mjs';
import { apps, domains, layers } from './layers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Imports that must not be, by the file that makes them; and one that may. */
const files = {
  'libs/base/kernel/index.ts': 'export const kernel = 1;',
  'libs/protocol/mime/index.ts': "export { parse } from './parse.js';",
  'libs/protocol/mime/parse.ts': "import { kernel } from '#base/kernel'; export const parse = kernel;",
  'libs/protocol/upward/index.ts': "import { audience } from '#domain/audience'; export const upward = audience;",
  'libs/protocol/socket/index.ts': "import net from 'node:net'; export const socket = net;",
  'libs/domain/accounts/index.ts': "import { audience } from '#domain/audience'; export const accounts = audience;",
  'libs/domain/audience/index.ts': 'export const audience = 1;',
  'libs/domain/nowhere/index.ts': 'export const nowhere = 1;',
  'libs/domain/campaigns/index.ts':
    "import { parse } from '../../protocol/mime/parse.js'; import { nowhere } from '#domain/nowhere'; export const campaigns = [parse, nowhere];",
  'libs/platform/a/index.ts': "export { b } from './b.js'; export const a = 1;",
  'libs/platform/a/b.ts': "import { a } from './index.js'; export const b = a;",
  'apps/api/main.ts': "import { other } from '../mta/other.js'; export const main = other;",
  'apps/mta/other.ts': 'export const other = 1;',
};

describe('the table of layers', () => {
  const foldersOf = (name) =>
    readdirSync(path.join(root, name), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);

  it('knows every app', () => expect(foldersOf('apps').sort()).toEqual([...apps].sort()));

  it('knows every layer', () => expect(foldersOf('libs').sort()).toEqual([...Object.keys(layers), 'testing'].sort()));

  it('knows every domain library', () => expect(Object.keys(domains)).toEqual(expect.arrayContaining(foldersOf('libs/domain'))));

  it('has an index.ts for every library', () => {
    const libraries = Object.keys(layers).flatMap((layer) => foldersOf(`libs/${layer}`).map((lib) => `libs/${layer}/${lib}/index.ts`));
    expect(libraries.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});

describe('dependency-cruiser', () => {
  let folder;
  let violations;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-layers-'));
    for (const name of ['package.json', 'tsconfig.json']) cpSync(path.join(root, name), path.join(folder, name));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    const { tsConfig: _, enhancedResolveOptions, ...options } = configuration.options;
    const { output } = await cruise(
      ['apps', 'libs'],
      { ...options, baseDir: folder, validate: true, ruleSet: { forbidden: configuration.forbidden } },
      enhancedResolveOptions,
    );
    violations = output.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    'layer-protocol: libs/protocol/upward/index.ts',
    'no-sockets-in-protocol: libs/protocol/socket/index.ts',
    'domain-accounts: libs/domain/accounts/index.ts',
    'no-deep-import-between-libs: libs/domain/campaigns/index.ts',
    'unknown-domain: libs/domain/campaigns/index.ts',
    'no-app-to-app: apps/api/main.ts',
  ])('refuses %s', (violation) => expect(violations).toContain(violation));

  it('refuses a cycle', () => expect(violations.some((violation) => violation.startsWith('no-circular: libs/platform/a/'))).toBe(true));

  it('lets a library import what lies below it', () =>
    expect(violations.filter((violation) => violation.includes('libs/protocol/mime'))).toEqual([]));
});

describe('eslint', () => {
  const eslint = new ESLint({ cwd: root });
  const rulesBroken = async (filePath, code) => (await eslint.lintText(code, { filePath }))[0].messages.map((message) => message.ruleId);

  it.each([
    [
      'an import upward',
      'libs/protocol/mime/sample.ts',
      "import { UserService } from '#domain/accounts';\nexport const x = UserService;\n",
      'boundaries/dependencies',
    ],
    [
      'a domain that may not be known',
      'libs/domain/accounts/sample.ts',
      "import { SendingControl } from '#domain/sending';\nexport const x = SendingControl;\n",
      'boundaries/dependencies',
    ],
    [
      'an import past index.ts',
      'apps/api/sample.ts',
      "import { x } from '#domain/sending/channels';\nexport const y = x;\n",
      'no-restricted-imports',
    ],
    [
      'Nest below the platform',
      'libs/net/dns/sample.ts',
      "import { Injectable } from '@nestjs/common';\nexport const x = Injectable;\n",
      'no-restricted-imports',
    ],
    [
      'the environment outside the configuration',
      'libs/domain/accounts/sample.ts',
      'export const x = process.env;\n',
      'no-restricted-syntax',
    ],
    ['forwardRef', 'apps/api/sample.ts', 'export const x = forwardRef(() => 1);\n', 'no-restricted-syntax'],
    ['a request-scoped provider', 'apps/api/sample.ts', 'export const x = Scope.REQUEST;\n', 'no-restricted-syntax'],
  ])('refuses %s', async (_, filePath, code, rule) => expect(await rulesBroken(filePath, code)).toContain(rule));

  it('lets an app use the domain', async () => {
    expect(
      await rulesBroken('apps/api/sample.ts', "import { UserService } from '#domain/accounts';\nexport const x = UserService;\n"),
    ).toEqual([]);
  });
});
