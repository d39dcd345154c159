import os from 'node:os';
import * as z from 'zod';

const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback);
const flag = (fallback: boolean) =>
  z
    .union([z.boolean(), z.enum(['true', 'false', '1', '0', 'yes', 'no'])])
    .default(fallback)
    .transform((value) => value === true || value === 'true' || value === '1' || value === 'yes');

/** One setting: where it comes from, what it means, and how its value is read. */
export interface Setting<T extends z.ZodType = z.ZodType> {
  readonly env: string;
  readonly meaning: string;
  readonly schema: T;
  /** Shown in documents when the default is not a plain value. */
  readonly shownDefault?: string;
  /** Redacted wherever the configuration is printed; may also come from the file named by `<env>_FILE`. */
  readonly secret?: boolean;
}

const setting = <T extends z.ZodType>(
  env: string,
  meaning: string,
  schema: T,
  more: Omit<Setting, 'env' | 'meaning' | 'schema'> = {},
): Setting<T> => ({ env, meaning, schema, ...more });

const routes = z
  .string()
  .default('')
  .transform((text, context) => {
    const parsed: { domain: string; host: string; port: number }[] = [];
    for (const entry of text.split(',').map((part) => part.trim())) {
      if (entry === '') continue;
      const match = /^(\*|[^=\s]+)=(\[[0-9a-fA-F:]+\]|[^:\s]+):(\d{1,5})$/.exec(entry);
      const portNumber = Number(match?.[3]);
      if (!match || portNumber < 1 || portNumber > 65535) {
        context.addIssue({ code: 'custom', message: `"${entry}" is not domain=host:port (use *=host:port for the rest)` });
        return z.NEVER;
      }
      parsed.push({ domain: match[1]!.toLowerCase(), host: match[2]!.replace(/^\[|\]$/g, ''), port: portNumber });
    }
    return parsed;
  });

const addressRange = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);
const addressRanges = z
  .string()
  .default('')
  .transform((text, context) => {
    const ranges = text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
    for (const range of ranges)
      if (!addressRange.safeParse(range).success)
        context.addIssue({ code: 'custom', message: `"${range}" is neither an address nor a range like 10.1.0.0/16` });
    return ranges;
  });

const scannerAddress = z
  .string()
  .regex(/^(?:(?:unix:)?\/.+|(?:\[[0-9a-fA-F:]+\]|[^:\s/]+):\d{1,5})$/, 'must be host:port or the path of a socket')
  .refine(
    (text) => text.includes('/') || (Number(text.replace(/^.*:/, '')) > 0 && Number(text.replace(/^.*:/, '')) < 65_536),
    'has no such port',
  )
  .optional();

/**
 * Every setting of the product, in the order documents print them. The configuration type, its validation,
 * `docs/generated/configuration.md` and `.env.example` all come from this table.
 */
export const settings = {
  databaseUrl: setting(
    'DATABASE_URL',
    'External PostgreSQL 15 or newer. Unset: a PostgreSQL of our own in the data directory.',
    z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    { secret: true, shownDefault: 'embedded' },
  ),
  redisUrl: setting(
    'REDIS_URL',
    'Redis or Valkey 6.2 or newer: jobs run on Bull, limits are shared by several machines. Unset: jobs run on PostgreSQL.',
    z.url({ protocol: /^rediss?$/ }).optional(),
    { secret: true, shownDefault: 'unset' },
  ),
  dataDir: setting('CHAPAR_DATA_DIR', 'Database, blobs, keys and journals.', z.string().min(1).default('./data')),
  secretKey: setting(
    'CHAPAR_SECRET_KEY',
    'Master key of the installation: 32 bytes in base64. Set the same one on every machine.',
    z.string().optional(),
    { secret: true, shownDefault: 'made on first run, in the data directory' },
  ),
  blobUrl: setting(
    'CHAPAR_BLOB_URL',
    'Where message bodies and files are kept: `file:` in the data directory, or a `file:///path`.',
    z.string().default('file:'),
    {},
  ),
  publicUrl: setting(
    'CHAPAR_PUBLIC_URL',
    'The address people and mail programs reach: links, tracking, unsubscribe.',
    z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
    { shownDefault: 'http://localhost:<CHAPAR_HTTP_PORT>' },
  ),
  hostname: setting(
    'CHAPAR_HOSTNAME',
    'HELO name, greeting and Message-ID.',
    z
      .string()
      .regex(/^[A-Za-z0-9.-]+$/, 'must be a host name')
      .default(os.hostname()),
    { shownDefault: "the machine's name" },
  ),
  bind: setting('CHAPAR_BIND', 'Address every listener binds.', z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1')),
  trustedProxies: setting(
    'CHAPAR_TRUSTED_PROXIES',
    'Balancers and TLS proxies in front of the HTTP ports, as `10.0.0.5, 10.1.0.0/16`: their X-Forwarded-For is believed, nobody else’s.',
    addressRanges,
    { shownDefault: 'none' },
  ),
  httpPort: setting('CHAPAR_HTTP_PORT', 'Web app, API and tracking.', port(3000)),
  trackerPort: setting(
    'CHAPAR_TRACKER_PORT',
    'The tracker role behind the HTTP port; a balancer may also send `/t/`, `/u/` straight to it.',
    port(3001),
  ),
  mxPort: setting('CHAPAR_MX_PORT', 'Inbound SMTP (25 in production).', port(2525)),
  submissionPort: setting('CHAPAR_SUBMISSION_PORT', 'Submission with STARTTLS.', port(2587)),
  submissionsPort: setting('CHAPAR_SUBMISSIONS_PORT', 'Submission with implicit TLS.', port(2465)),
  imapPort: setting('CHAPAR_IMAP_PORT', 'IMAP with STARTTLS.', port(2143)),
  imapsPort: setting('CHAPAR_IMAPS_PORT', 'IMAP with implicit TLS.', port(2993)),
  pop3Port: setting('CHAPAR_POP3_PORT', 'POP3 with STLS.', port(2110)),
  pop3sPort: setting('CHAPAR_POP3S_PORT', 'POP3 with implicit TLS.', port(2995)),
  sievePort: setting('CHAPAR_SIEVE_PORT', 'ManageSieve.', port(4190)),
  simulatorPort: setting(
    'CHAPAR_SIMULATOR_PORT',
    'First of the loopback ports on which the built-in mailbox provider listens in sandbox delivery (one per simulated provider).',
    port(2600),
  ),
  simulatorTimeScale: setting(
    'CHAPAR_SIMULATOR_TIME_SCALE',
    'How many times faster than real people the simulated ones live: at 60, what takes an hour takes a minute.',
    z.coerce.number().min(1).max(100_000).default(60),
  ),
  simulatorLog: setting(
    'CHAPAR_SIMULATOR_LOG',
    'A file to which the built-in mailbox provider adds a line of JSON for each message it takes, before it says so: for fault runs.',
    z.string().optional(),
    { shownDefault: 'none' },
  ),
  tlsCertFile: setting('CHAPAR_TLS_CERT_FILE', 'Certificate chain in PEM; reloaded when it changes.', z.string().optional(), {
    shownDefault: 'generated, self-signed',
  }),
  tlsKeyFile: setting('CHAPAR_TLS_KEY_FILE', 'Private key in PEM.', z.string().optional(), { shownDefault: 'generated, self-signed' }),
  adminEmail: setting('CHAPAR_ADMIN_EMAIL', 'Address of the first administrator.', z.email().optional(), {
    shownDefault: 'admin@localhost',
  }),
  adminPassword: setting(
    'CHAPAR_ADMIN_PASSWORD',
    'Password of the first administrator (at least 12 characters).',
    z.string().min(12).optional(),
    { secret: true, shownDefault: 'generated and printed on first run' },
  ),
  dnsServers: setting(
    'CHAPAR_DNS_SERVERS',
    'Name servers as `address:port, …`; every look-up goes there. One on loopback is believed about DNSSEC, which DANE needs.',
    z
      .string()
      .default('')
      .transform((text) =>
        text
          .split(',')
          .map((s) => s.trim())
          .filter(Boolean),
      ),
    { shownDefault: 'system resolver' },
  ),
  dmarc: setting(
    'CHAPAR_DMARC',
    'What becomes of incoming mail that its author’s domain disowns (DMARC): `monitor` notes it, `quarantine` keeps it and acts on nothing in it, `reject` also refuses it where the domain asks for that.',
    z.enum(['monitor', 'quarantine', 'reject']).default('quarantine'),
  ),
  spam: setting(
    'CHAPAR_SPAM',
    'What becomes of incoming mail that looks unwanted or dangerous: `filter` marks it as junk or holds it in quarantine, `mark` only notes the score, `off` does not look.',
    z.enum(['off', 'mark', 'filter']).default('filter'),
  ),
  clamav: setting(
    'CHAPAR_CLAMAV',
    'ClamAV’s clamd, which looks for viruses in incoming mail: `host:port` or the path of its socket.',
    scannerAddress,
    {
      shownDefault: 'none',
    },
  ),
  rspamd: setting('CHAPAR_RSPAMD', 'Rspamd, whose opinion of incoming mail counts too: `host:port` of its normal worker.', scannerAddress, {
    shownDefault: 'none',
  }),
  spamd: setting(
    'CHAPAR_SPAMD',
    'SpamAssassin’s spamd, whose opinion of incoming mail counts too: `host:port` or the path of its socket.',
    scannerAddress,
    {
      shownDefault: 'none',
    },
  ),
  scannerFailure: setting(
    'CHAPAR_SCANNER_FAILURE',
    'While a configured scanner does not answer, incoming mail `wait`s for it, or may `pass` without.',
    z.enum(['wait', 'pass']).default('wait'),
  ),
  scannerTimeoutSeconds: setting(
    'CHAPAR_SCANNER_TIMEOUT_SECONDS',
    'How long a scanner may take for one message.',
    z.coerce.number().int().min(1).max(600).default(30),
  ),
  apiRate: setting(
    'CHAPAR_API_RATE',
    'Requests a second that one API key or session may make, and messages that a key may submit over SMTP, before it is told to slow down.',
    z.coerce.number().int().min(1).max(1_000_000).default(5_000),
  ),
  addressPolicy: setting(
    'CHAPAR_ADDRESS_POLICY',
    'Which addresses of mail servers are tried, and which kind first: `prefer-v4`, `prefer-v6`, `v4-only` or `v6-only`.',
    z.enum(['prefer-v4', 'prefer-v6', 'v4-only', 'v6-only']).default('prefer-v4'),
  ),
  routes: setting('CHAPAR_ROUTES', 'Static next hops: `example.org=127.0.0.1:2526,*=relay.example:587`.', routes, {
    shownDefault: 'empty',
  }),
  shapingFile: setting(
    'CHAPAR_SHAPING_FILE',
    'Your own limits and reply rules (YAML), over those that are shipped in `shaping/providers.yaml`; read anew when it changes.',
    z.string().min(1).optional(),
    { shownDefault: 'none' },
  ),
  delayWarningHours: setting(
    'CHAPAR_DELAY_WARNING_HOURS',
    'After so many hours without a delivery, whoever submitted a message by SMTP hears that it takes time.',
    z.coerce.number().min(0.1).max(720).default(4),
  ),
  delivery: setting(
    'CHAPAR_DELIVERY',
    '`sandbox` delivers only to the built-in simulator, never to the network; `live` delivers by MX.',
    z.enum(['sandbox', 'live']).optional(),
    { shownDefault: '`sandbox` until a sending domain is verified, then `live`' },
  ),
  backupDir: setting(
    'CHAPAR_BACKUP_DIR',
    'Where backups are written; best on another disk, copied elsewhere.',
    z.string().min(1).optional(),
    {
      shownDefault: '`backups` in the data directory',
    },
  ),
  backupRecipient: setting(
    'CHAPAR_BACKUP_RECIPIENT',
    'age public key that backups are written for, when the recovery key lies elsewhere and this machine shall not open them.',
    z
      .string()
      .regex(/^age1[a-z0-9]+$/, 'must be an age recipient (age1…)')
      .optional(),
    { shownDefault: 'of the recovery key in the data directory' },
  ),
  webhooksAllowPrivate: setting(
    'CHAPAR_WEBHOOKS_ALLOW_PRIVATE',
    'Lets webhooks go to addresses of this network, and by http. Whoever may make a webhook then reaches what this machine reaches.',
    flag(false),
  ),
  inboundRetentionDays: setting(
    'CHAPAR_INBOUND_RETENTION_DAYS',
    'How long incoming messages are listed after they were read. What they meant stays: events, suppressions, conversations.',
    z.coerce.number().int().min(1).max(36_500).default(180),
  ),
  importFileDays: setting(
    'CHAPAR_IMPORT_FILE_DAYS',
    'How long files of refused rows, and uploads that nothing needs any more, are kept.',
    z.coerce.number().int().min(1).max(36_500).default(30),
  ),
  logLevel: setting(
    'CHAPAR_LOG_LEVEL',
    'How much is logged.',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  ),
  logPretty: setting('CHAPAR_LOG_PRETTY', 'Lines for people instead of JSON lines.', flag(false)),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

type Values = { [K in SettingName]: z.output<(typeof settings)[K]['schema']> };

/** The configuration as the product reads it: validated, defaults filled in, paths absolute. */
export type Config = Readonly<Omit<Values, 'publicUrl'> & { publicUrl: string }>;
