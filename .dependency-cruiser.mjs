import { domains, layers } from './tools/layers.mjs';

const SPEC = String.raw`(\.spec|\.e2e|\.bench|\.fixture)\.ts$|^(test|bench|libs/testing)/`;
const anyOf = (names) => `(${names.join('|')})`;
const error = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

const otherLayers = (layer) => Object.keys(layers).filter((other) => other !== layer && !layers[layer].includes(other));
const otherDomains = (lib) => Object.keys(domains).filter((other) => other !== lib && !domains[lib].includes(other));

/** tools/layers.mjs in the words of dependency-cruiser. */
export default {
  forbidden: [
    error(
      'no-circular',
      'A cycle makes two files one.',
      { pathNot: SPEC },
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    ...Object.keys(layers)
      .filter((layer) => otherLayers(layer).length > 0)
      .map((layer) =>
        error(
          `layer-${layer}`,
          `libs/${layer} may import ${layers[layer].join(', ') || 'nothing'}.`,
          { path: `^libs/${layer}/`, pathNot: SPEC },
          { path: `^(libs/${anyOf(otherLayers(layer))}/|apps/)` },
        ),
      ),
    ...Object.keys(domains)
      .filter((lib) => otherDomains(lib).length > 0)
      .map((lib) =>
        error(
          `domain-${lib}`,
          `libs/domain/${lib} may import ${domains[lib].join(', ') || 'no other domain'}.`,
          { path: `^libs/domain/${lib}/`, pathNot: SPEC },
          { path: `^libs/domain/${anyOf(otherDomains(lib))}/` },
        ),
      ),
    error(
      'unknown-domain',
      'A domain library that tools/layers.mjs does not know.',
      { path: '^libs/domain/' },
      { path: '^libs/domain/', pathNot: `^libs/domain/${anyOf(Object.keys(domains))}/` },
    ),
    error(
      'no-deep-import',
      'A library is entered by its index.ts alone.',
      { path: '^(apps|libs|migrations|bench|test)/', pathNot: '^libs/([^/]+/[^/]+)/' },
      { path: '^libs/[^/]+/[^/]+/(?!index\\.ts$)' },
    ),
    error(
      'no-deep-import-between-libs',
      'A library is entered by its index.ts alone.',
      { path: '^libs/([^/]+/[^/]+)/' },
      { path: '^libs/[^/]+/[^/]+/(?!index\\.ts$)', pathNot: '^libs/$1/' },
    ),
    error(
      'no-app-to-app',
      'Apps are wiring and never import each other.',
      { path: '^apps/([^/]+)/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    error(
      'no-framework-below',
      'base, protocol and net know neither Nest nor the database.',
      { path: '^libs/(base|protocol|net)/', pathNot: SPEC },
      { path: 'node_modules/(@nestjs|typeorm|pg|pg-boss|bull|reflect-metadata)(/|$)' },
    ),
    error(
      'no-sockets-in-protocol',
      'Protocol code does no I/O.',
      { path: '^libs/(base|protocol)/', pathNot: SPEC },
      { path: '^(node:)?(net|tls|dns|dgram|http|https|fs|child_process)(/|$)', dependencyTypes: ['core'] },
    ),
    error(
      'no-tests-in-product',
      'The product needs nothing that only tests have.',
      { path: '^(apps|libs|migrations)/', pathNot: SPEC },
      { path: SPEC },
    ),
    error('no-unresolvable', 'An import that leads nowhere.', {}, { couldNotResolve: true }),
    error(
      'no-undeclared-package',
      'Only what package.json names may be imported.',
      { path: '^(apps|libs|migrations)/', pathNot: SPEC },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|apps/web)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['chapar-source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
