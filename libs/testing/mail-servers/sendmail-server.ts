import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findFreePorts } from '#platform/ports';
import { type DebianProgram, debianProgram } from '#testing/debian-programs';
import { MAIL_UID, type MailServer, type MailServerSetup, endServer, makeMaildirs, readMaildir, untilItGreets } from './mail-server.js';
import { wrapNames } from './wrap-names.js';

/** Debian's Sendmail as a receiving host whose local mailer writes maildirs. It knows nothing of SMTPUTF8, CHUNKING or Maildir. */
export async function startSendmailServer(setup: MailServerSetup): Promise<MailServer> {
  const program = await debianProgram({ packages: ['sendmail-bin', 'sendmail-cf', 'm4', 'libnss-wrapper'] });
  const folder = makeMaildirs(setup, 'sendmail-mail');
  const port = await findFreePorts(1);
  mkdirSync(path.join(folder, 'queue'), { mode: 0o700 });
  const logFile = path.join(folder, 'log');
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const deliver = path.join(folder, 'deliver');
  writeFileSync(
    deliver,
    `#!/bin/sh\numask 077\ncd "${folder}/maildirs/$1" || exit 75\nf=$(date +%s%N).$$\ncat > tmp/$f && mv tmp/$f new/$f\n`,
  );
  const refuse = path.join(folder, 'refuse');
  // EX_NOUSER
  writeFileSync(refuse, '#!/bin/sh\ncat > /dev/null\nexit 67\n');
  for (const script of [deliver, refuse]) chmodSync(script, 0o755);
  writeFileSync(path.join(folder, 'switch'), 'hosts files\naliases files\n');
  for (const name of ['aliases', 'statistics', 'local-host-names']) writeFileSync(path.join(folder, name), '', { mode: 0o644 });
  const tls = safeTlsFiles(setup);
  const config = path.join(folder, 'sendmail.cf');
  writeFileSync(config, compile(program, macros(setup, folder, port, tls)), { mode: 0o644 });
  const hosts = path.join(folder, 'hosts');
  writeFileSync(hosts, ['127.0.0.1', '::1'].map((address) => `${address} mx.${setup.domain} ${os.hostname()}\n`).join(''));
  // Without its set-group-id bit, which would make the loader forget where its libraries are.
  const binary = path.join(folder, 'sendmail');
  copyFileSync(program.path('usr/libexec/sendmail/sendmail'), binary);
  chmodSync(binary, 0o755);
  const output = openSync(logFile, 'a');
  const child = spawn(binary, ['-C', config, '-bD', '-q5s', '-X', path.join(folder, 'traffic')], {
    // It waits a minute for a machine whose name has no domain.
    env: wrapNames(program, { NSS_WRAPPER_HOSTS: hosts }),
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  const end = async (): Promise<void> => {
    await endServer(child, folder);
    rmSync(tls, { recursive: true, force: true });
  };
  try {
    await untilItGreets(child, port, log);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    name: 'Sendmail',
    port,
    mailbox: (user) => readMaildir(folder, user),
    get log() {
      const traffic = path.join(folder, 'traffic');
      return log() + (existsSync(traffic) ? readFileSync(traffic, 'utf8') : '');
    },
    stop: end,
  };
}

/** It takes no key or certificate from below a folder that everybody can write to, as temporary ones are. */
function safeTlsFiles({ certFile, keyFile }: MailServerSetup): string {
  const folder = mkdtempSync('/run/chapar-sendmail-');
  writeFileSync(path.join(folder, 'cert.pem'), readFileSync(certFile), { mode: 0o644 });
  writeFileSync(path.join(folder, 'key.pem'), readFileSync(keyFile), { mode: 0o600 });
  return folder;
}

function compile(program: DebianProgram, source: string): string {
  const cf = program.path('usr/share/sendmail/cf');
  return execFileSync(program.path('usr/bin/m4'), [`-D_CF_DIR_=${cf}/`, path.join(cf, 'm4', 'cf.m4'), '-'], {
    env: program.env,
    input: source,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** However busy the machine is, it takes and sends mail: it would stop by itself at a load of 8. */
function macros({ domain, users, routes }: MailServerSetup, folder: string, port: number, tls: string): string {
  const known = Object.entries(users)
    .filter(([user]) => /^[ -~]+$/.test(user))
    .map(([user, maildir]) => `R${user} < @ ${domain} $* > $*\t\t$#maildir $: ${maildir}`);
  const onward = Object.keys(routes).map((name, n) => `R$* < @ $* ${name} $* > $*\t\t$#hop${n} $@ [127.0.0.1] $: $1 < @ $2 ${name} >`);
  const hops = Object.values(routes).map(
    (to, n) =>
      `Mhop${n},\t\tP=[IPC], F=mDFMuXa8, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\\r\\n, L=2040,\n\t\tT=DNS/RFC822/SMTP,\n\t\tA=TCP $h ${to}`,
  );
  return `divert(0)dnl
OSTYPE(\`linux')dnl
define(\`confDOMAIN_NAME', \`mx.${domain}')dnl
define(\`QUEUE_DIR', \`${folder}/queue')dnl
define(\`confPID_FILE', \`${folder}/pid')dnl
define(\`STATUS_FILE', \`${folder}/statistics')dnl
define(\`confCW_FILE', \`${folder}/local-host-names')dnl
undefine(\`ALIAS_FILE')dnl
define(\`confSERVICE_SWITCH_FILE', \`${folder}/switch')dnl
define(\`confDONT_BLAME_SENDMAIL', \`AssumeSafeChown,ForwardFileInUnsafeDirPath,GroupReadableKeyFile,GroupWritableDirPathSafe,MapInUnsafeDirPath,RunProgramInUnsafeDirPath,RunWritableProgram,WorldWritableAliasFile')dnl
define(\`confTO_IDENT', \`0')dnl
define(\`confDEF_USER_ID', \`${MAIL_UID}:${MAIL_UID}')dnl
define(\`confSERVER_CERT', \`${tls}/cert.pem')dnl
define(\`confSERVER_KEY', \`${tls}/key.pem')dnl
define(\`confCACERT', \`${tls}/cert.pem')dnl
define(\`confCACERT_PATH', \`${tls}')dnl
define(\`confTLS_SRV_OPTIONS', \`V')dnl
define(\`confLOG_LEVEL', \`9')dnl
define(\`confMIN_QUEUE_AGE', \`0')dnl
define(\`confQUEUE_LA', \`1000')dnl
define(\`confREFUSE_LA', \`1000')dnl
FEATURE(\`no_default_msa')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`accept_unqualified_senders')dnl
FEATURE(\`promiscuous_relay')dnl
DAEMON_OPTIONS(\`Port=${port}, Addr=127.0.0.1, Name=MTA')dnl
MAILER(\`smtp')dnl
MAILER_DEFINITIONS
Mmaildir,\tP=${folder}/deliver, F=lsDFMnPS89, U=${MAIL_UID}:${MAIL_UID}, S=EnvFromSMTP/HdrFromSMTP, D=/,
\t\tT=DNS/RFC822/X-Unix,
\t\tA=deliver $u
Mnobody,\tP=${folder}/refuse, F=lsDFMnS89, U=${MAIL_UID}:${MAIL_UID}, S=EnvFromSMTP/HdrFromSMTP, D=/,
\t\tT=DNS/RFC822/X-Unix,
\t\tA=refuse $u
${hops.join('\n')}
LOCAL_RULE_0
${onward.join('\n')}
Rbusy < @ ${domain} $* > $*\t\t$#error $@ 4.2.1 $: "450 The mailbox is busy"
R$* < @ late.${domain} $* > $*\t\t$#nobody $: $1
${known.join('\n')}
R$* < @ ${domain} $* > $*\t\t$#error $@ 5.1.1 $: "550 User unknown"
`;
}
