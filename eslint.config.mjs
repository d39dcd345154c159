import { fileURLToPath } from 'node:url';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';
import { domains, layers } from './tools/layers.mjs';

const resolver = fileURLToPath(new URL('./tools/eslint-resolver.cjs', import.meta.url));
const specs = ['**/*.spec.ts', '**/*.e2e.ts', '**/*.fixture.ts', 'libs/testing/**', 'test/**', 'bench/**'];

const allow = (from, to) => ({ from, allow: { to } });
const element = (type, captured) => ({ element: captured ? { type, captured } : { type } });

/** tools/layers.mjs in the words of the plugin. Whatever is not allowed is an error. */
const policies = [
  ...Object.entries(layers).flatMap(([layer, below]) =>
    (layer === 'domain' ? below : [layer, ...below]).map((target) => allow(element(layer), element(target))),
  ),
  ...Object.entries(domains).flatMap(([lib, below]) =>
    [lib, ...below].map((target) => allow(element('domain', { lib }), element('domain', { lib: target }))),
  ),
  ...[...Object.keys(layers), 'migrations'].map((target) => allow(element('app'), element(target))),
  allow(element('app'), element('app', { app: '{{ from.element.captured.app }}' })),
  allow(element('migrations'), element('migrations')),
  ...[...Object.keys(layers), 'migrations', 'testing'].map((target) => allow(element('testing'), element(target))),
];

const layerRules = {
  files: ['apps/**/*.ts', 'libs/**/*.ts', 'migrations/**/*.ts'],
  ignores: ['**/*.spec.ts', '**/*.fixture.ts'],
  plugins: { boundaries },
  settings: {
    'import/resolver': { [resolver]: {} },
    'boundaries/elements': [
      { type: 'app', pattern: 'apps/*', capture: ['app'] },
      ...Object.keys(layers).map((layer) => ({ type: layer, pattern: `libs/${layer}/*`, capture: ['lib'] })),
      { type: 'testing', pattern: 'libs/testing/*', capture: ['lib'] },
      { type: 'migrations', pattern: 'migrations' },
    ],
  },
  rules: { 'boundaries/dependencies': ['error', { default: 'disallow', policies }] },
};

const banned = {
  forwardRef: { selector: 'CallExpression[callee.name="forwardRef"]', message: 'forwardRef hides a cycle: split the service instead.' },
  requestScope: {
    selector: 'MemberExpression[object.name="Scope"][property.name="REQUEST"]',
    message: 'Pass an ActorContext first instead of a request-scoped provider.',
  },
  environment: {
    selector: 'MemberExpression[object.name="process"][property.name="env"]',
    message: 'Only libs/platform/config reads the environment.',
  },
};
const bannedImports = [
  { regex: '^#(base|protocol|net|platform|domain|testing)/[^/]+/', message: 'A library is entered by its index.ts alone: #layer/lib.' },
  { regex: '^(\\.\\./)+(apps|libs|dist)/', message: 'Other libraries are imported by #layer/lib.' },
];

export default tseslint.config(
  { ignores: ['dist', '**/*.cjs', 'node_modules', 'data', 'coverage', 'apps/web', '**/*.d.ts'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mjs'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-constant-condition': ['error', { checkLoops: false }],
      'no-fallthrough': 'error',
      'no-self-compare': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-escape': 'error',
      'no-async-promise-executor': 'error',
      'no-misleading-character-class': 'error',
      // Control characters are this program's daily bread: it must find them to refuse them.
      'no-control-regex': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      'no-restricted-imports': ['error', { patterns: bannedImports }],
      'no-restricted-syntax': ['error', banned.forwardRef, banned.requestScope],
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
    },
  },
  // Classes that Nest injects look like types to the rule, and injection needs their value.
  {
    files: ['**/*.module.ts', '**/*.service.ts', '**/*.controller.ts', '**/*.guard.ts', '**/*.filter.ts', '**/*.repository.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: [...specs, 'libs/platform/config/process-config.ts'],
    rules: { 'no-restricted-syntax': ['error', banned.forwardRef, banned.requestScope, banned.environment] },
  },
  {
    files: ['libs/{base,protocol,net}/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...bannedImports,
            {
              regex: '^(@nestjs/|typeorm|pg$|pg-|reflect-metadata)',
              message: 'base, protocol and net know neither Nest nor the database.',
            },
          ],
        },
      ],
    },
  },
  layerRules,
);
