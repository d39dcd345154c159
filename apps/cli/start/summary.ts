import type { Config } from '#platform/config';
import type { DeliveryMode } from './delivery-mode.js';
import type { AdminLogin } from './first-run.js';
import type { RoleName } from './roles.js';

export interface SummaryFacts {
  readonly config: Config;
  readonly roles: readonly RoleName[];
  readonly delivery: DeliveryMode;
  readonly isEmbedded: boolean;
  readonly login: AdminLogin | undefined;
  readonly seconds: string;
}

/** What a person wants to know once everything runs: where to go, how to sign in, how to stop. */
export function formatSummary({ config, roles, delivery, isEmbedded, login, seconds }: SummaryFacts): string {
  const has = (role: RoleName) => roles.includes(role);
  const rows: [string, string][] = [];
  if (has('api')) rows.push(['Web app and API', config.publicUrl]);
  if (has('tracker') && !has('api')) rows.push(['Tracking', `http://${hostOf(config.bind)}:${config.trackerPort}`]);
  if (has('mx')) rows.push(['Incoming mail', `${hostOf(config.bind)}:${config.mxPort} (SMTP)`]);
  if (has('mx'))
    rows.push([
      'Submission',
      `${hostOf(config.bind)}:${config.submissionPort} (STARTTLS), ${config.submissionsPort} (TLS); any user, an API key as password`,
    ]);
  if (has('mailbox'))
    rows.push([
      'Mailboxes',
      `${hostOf(config.bind)}: IMAP ${config.imapsPort}, POP3 ${config.pop3sPort} (TLS), ${config.imapPort} and ${config.pop3Port} (STARTTLS)`,
    ]);
  if (has('mta'))
    rows.push(['Outgoing mail', delivery === 'sandbox' ? 'sandbox: reaches only the built-in simulator, never the network' : 'live']);
  rows.push(['Data', `${config.dataDir}${isEmbedded ? ' (with its own PostgreSQL)' : ''}`]);
  if (!isEmbedded) rows.push(['Database', new URL(config.databaseUrl!).host]);
  rows.push(['Roles', roles.join(', ')]);
  const lines = rows.map(([title, text]) => `  ${title.padEnd(18)}${text}`);
  return [
    '',
    `Chapar runs (ready in ${seconds} s).`,
    '',
    ...lines,
    ...formatLogin(login),
    '',
    'Press Ctrl-C to stop; what is in flight is finished first.',
    '',
  ].join('\n');
}

function formatLogin(login: AdminLogin | undefined): string[] {
  if (!login) return [];
  const secret = login.password === undefined ? '(the one you configured)' : login.password;
  return [
    '',
    '  First sign-in',
    `    E-mail          ${login.email}`,
    `    Password        ${secret}`,
    ...(login.password === undefined ? [] : ['    It is shown only now. `npx chapar admin reset-password` sets another.']),
  ];
}

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
