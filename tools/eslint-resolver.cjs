// Tells eslint-plugin-boundaries which source an import means; only what the layers need: `#layer/lib` and relative paths.
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');

exports.interfaceVersion = 2;

exports.resolve = (source, file) => {
  if (source === '#migrations') return found(path.join(root, 'migrations', 'index.ts'));
  const alias = /^#(base|protocol|net|platform|domain|testing)\/(.+)$/.exec(source);
  if (alias) return found(path.join(root, 'libs', alias[1], alias[2], 'index.ts'));
  if (source.startsWith('.')) return found(path.resolve(path.dirname(file), source).replace(/\.js$/, '.ts'));
  return { found: false };
};

function found(file) {
  return existsSync(file) ? { found: true, path: file } : { found: false };
}
