import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianProgram } from '#testing/debian-programs';
import { type RunningScanner, startScanner } from './scanner-process.js';

/** Rspamd's normal worker without modules: it knows GTUBE. A short list of suffixes spares it ten seconds of compiling. */
export async function startRspamd(): Promise<RunningScanner> {
  const { env, path: file } = await debianProgram({ packages: ['rspamd'] });
  const shared = file('usr/share/rspamd');
  return startScanner({
    name: 'rspamd',
    program: file('usr/bin/rspamd'),
    env: {
      ...env,
      LUA_PATH: `${shared}/lualib/?.lua;${shared}/lualib/?/init.lua`,
      SHAREDIR: shared,
      LUALIBDIR: `${shared}/lualib`,
      RULESDIR: `${shared}/rules`,
      PLUGINSDIR: `${shared}/plugins`,
    },
    prepare(folder, port) {
      chmodSync(folder, 0o777);
      writeFileSync(path.join(folder, 'suffixes'), 'com\nnet\norg\nexample\n');
      const config = path.join(folder, 'rspamd.conf');
      writeFileSync(
        config,
        `options { pidfile = "${folder}/pid"; tempdir = "${folder}"; hs_cache_dir = "${folder}"; url_tld = "${folder}/suffixes"; filters = "";
          control_socket = "${folder}/control"; dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; } }
         logging { type = "console"; level = "error"; }
         worker "normal" { bind_socket = "127.0.0.1:${port}"; count = 1; }
         actions { reject = 15; add_header = 6; }\n`,
      );
      // Alone it is root's own way to be started: as root it insists on that being said.
      return ['-f', ...(process.getuid!() === 0 ? ['-i'] : []), '-c', config];
    },
  });
}
