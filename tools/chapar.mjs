#!/usr/bin/env node
// The door to the product from any Node >= 20: sets the clone up if needed, then runs the CLI on the pinned Node.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { endWith, root, runtime, setUp } from './setup.mjs';

try {
  setUp();
} catch (error) {
  endWith(error);
}

// The channel tells the CLI when this process is gone, so that nothing is left running behind a killed npm.
const child = spawn(runtime, ['--enable-source-maps', path.join(root, 'dist', 'apps', 'cli', 'main.js'), ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// npm passes SIGTERM only to the shell between it and us, and that dies without a word: an orphan drains as if it had got the signal.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 500);
  watch.unref();
}
child.on('exit', (code, signal) => process.exit(signal ? 128 + 15 : (code ?? 1)));
