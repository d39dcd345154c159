import { rmSync } from 'node:fs';
import path from 'node:path';
import { Postfix } from '#testing/postfix';
import { MAIL_UID, type MailServer, type MailServerSetup, makeMaildirs, readMaildir } from './mail-server.js';

/** Debian's Postfix as a receiving host with virtual mailboxes. */
export async function startPostfixServer(setup: MailServerSetup): Promise<MailServer> {
  const folder = makeMaildirs(setup, 'postfix-mail');
  const postfix = await Postfix.start({ main: settings(setup, folder) }).catch((error: unknown) => {
    rmSync(folder, { recursive: true });
    throw error;
  });
  return {
    name: 'Postfix',
    port: postfix.port,
    mailbox: (user) => readMaildir(folder, user),
    get log() {
      return postfix.log;
    },
    stop: async () => {
      await postfix.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settings(setup: MailServerSetup, folder: string): Record<string, string | number> {
  const { domain, idnDomain, users, routes, certFile, keyFile } = setup;
  const mailboxes = Object.entries(users).flatMap(([user, maildir]) =>
    [domain, idnDomain].map((name) => `{${user}@${name} = ${maildir}/}`),
  );
  const transports = Object.entries(routes).flatMap(([name, port]) =>
    [name, `.${name}`].map((match) => `{${match} = smtp:[127.0.0.1]:${port}}`),
  );
  return {
    myhostname: `mx.${domain}`,
    virtual_mailbox_domains: `${domain}, ${idnDomain}, late.${domain}`,
    virtual_mailbox_base: path.join(folder, 'maildirs'),
    virtual_mailbox_maps: `inline:{${mailboxes.join(', ')}}`,
    virtual_minimum_uid: 1,
    virtual_uid_maps: `static:${MAIL_UID}`,
    virtual_gid_maps: `static:${MAIL_UID}`,
    transport_maps: `inline:{${transports.join(', ')}}`,
    // Late bounces are what this server is here for: what it takes at first, it finds unknown afterwards.
    smtpd_reject_unlisted_recipient: 'no',
    smtpd_recipient_restrictions: [
      `check_recipient_access inline:{{busy@${domain} = 450 4.2.1 The mailbox is busy}, {late.${domain} = OK}}`,
      'reject_unlisted_recipient',
    ].join(', '),
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: certFile,
    smtpd_tls_key_file: keyFile,
    smtpd_client_restrictions: '',
    smtputf8_enable: 'yes',
    smtp_tls_security_level: 'may',
    strict_rfc821_envelopes: 'yes',
  };
}
