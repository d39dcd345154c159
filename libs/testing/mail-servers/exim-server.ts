import { spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findFreePorts } from '#platform/ports';
import { type DebianProgram, debianProgram } from '#testing/debian-programs';
import { MAIL_UID, type MailServer, type MailServerSetup, endServer, makeMaildirs, readMaildir, untilItGreets } from './mail-server.js';
import { wrapNames } from './wrap-names.js';

/** Debian's Exim as a receiving host with maildirs. */
export async function startEximServer(setup: MailServerSetup): Promise<MailServer> {
  const program = await debianProgram({ packages: ['exim4-daemon-heavy', 'libnss-wrapper'] });
  const folder = makeMaildirs(setup, 'exim-mail');
  const port = await findFreePorts(1);
  const log = () =>
    ['mainlog', 'paniclog', 'rejectlog']
      .map((name) => path.join(folder, 'log', name))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('');
  for (const name of ['spool', 'log']) {
    mkdirSync(path.join(folder, name));
    chownSync(path.join(folder, name), MAIL_UID, MAIL_UID);
  }
  const config = path.join(folder, 'exim.conf');
  writeFileSync(config, configuration(setup, folder, port));
  writeFileSync(
    path.join(folder, 'users'),
    Object.entries(setup.users)
      .map(([user, maildir]) => `"${user}": ${maildir}\n`)
      .join(''),
  );
  // Without its set-user-id bit, which would make the loader forget where its libraries are. Nothing here needs root.
  const binary = path.join(folder, 'exim');
  copyFileSync(program.path('usr/sbin/exim4'), binary);
  chmodSync(binary, 0o755);
  const child = spawn(binary, ['-C', config, '-bdf', '-q10s'], {
    env: environment(program, folder),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    uid: MAIL_UID,
    gid: MAIL_UID,
  });
  try {
    await untilItGreets(child, port, log);
  } catch (error) {
    await endServer(child, folder);
    throw error;
  }
  return {
    name: 'Exim',
    port,
    mailbox: (user) => readMaildir(folder, user),
    get log() {
      return log();
    },
    stop: () => endServer(child, folder),
  };
}

/** It insists on an account of its own name: one is made up for it alone. */
function environment(program: DebianProgram, folder: string): Record<string, string> {
  const [passwd, group] = [path.join(folder, 'passwd'), path.join(folder, 'group')];
  const entry = (name: string) => `${name}:x:${MAIL_UID}:${MAIL_UID}::/:/bin/false\n`;
  writeFileSync(passwd, `root:x:0:0:root:/root:/bin/sh\n${['Debian-exim', 'nobody', 'mail'].map(entry).join('')}`);
  writeFileSync(group, `root:x:0:\n${['Debian-exim', 'nogroup', 'mail'].map((name) => `${name}:x:${MAIL_UID}:\n`).join('')}`);
  return wrapNames(program, { NSS_WRAPPER_PASSWD: passwd, NSS_WRAPPER_GROUP: group });
}

function configuration({ domain, idnDomain, routes, certFile, keyFile }: MailServerSetup, folder: string, port: number): string {
  const mailboxes = `lsearch;${folder}/users`;
  const router = ([name, to]: [string, number], n: number) => `
route${n}:
  driver = manualroute
  domains = ${name} : *.${name}
  route_list = * 127.0.0.1::${to} byname
  self = send
  transport = smtp
`;
  return `
primary_hostname = mx.${domain}
exim_path = ${folder}/exim
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/pid
daemon_smtp_ports = ${port}
local_interfaces = 127.0.0.1
deliver_drop_privilege = true
keep_environment = LD_LIBRARY_PATH : LD_PRELOAD : ^NSS_WRAPPER
tls_certificate = ${certFile}
tls_privatekey = ${keyFile}
tls_advertise_hosts = *
smtputf8_advertise_hosts = *
chunking_advertise_hosts = *
pipelining_advertise_hosts = *
accept_8bitmime = true
dsn_advertise_hosts = *
host_lookup =
rfc1413_hosts =
dns_ipv4_lookup = *
acl_smtp_rcpt = rcpt
message_size_limit = 20M
smtp_accept_max = 50
begin acl
rcpt:
  defer domains = ${domain}
        local_parts = busy
        message = 4.2.1 The mailbox is busy
  accept domains = ${domain} : ${idnDomain}
         local_parts = ${mailboxes}
  deny domains = ${domain} : ${idnDomain}
       message = 5.1.1 There is no such mailbox
  accept
begin routers
${Object.entries(routes).map(router).join('')}
mailboxes:
  driver = accept
  domains = ${domain} : ${idnDomain}
  local_parts = ${mailboxes}
  transport = maildir
begin transports
smtp:
  driver = smtp
  allow_localhost
maildir:
  driver = appendfile
  maildir_format
  directory = ${folder}/maildirs/$local_part_data
  envelope_to_add
  return_path_add
  delivery_date_add
  user = ${MAIL_UID}
  group = ${MAIL_UID}
begin retry
* * F,1h,10s
`;
}
