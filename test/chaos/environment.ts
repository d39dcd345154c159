import os from 'node:os';
import path from 'node:path';
import { accountsEntities } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { campaignsEntities } from '#domain/campaigns';
import { deliverabilityEntities } from '#domain/deliverability';
import { sendingEntities } from '#domain/sending';
import { templatesEntities } from '#domain/templates';
import { childEnvironment } from '#platform/config';

/** Simulated people live so many times faster, and servers that say "later" mean so much less. */
const TIME_SCALE = 600;
/** The simulator takes a port for each, from its first one on. */
export const SIMULATED_PROVIDERS = 8;
/** Ports that an installation of a fault run needs, in a row. */
export const PORTS = 5 + SIMULATED_PROVIDERS;

/** What a fault run itself reads and writes. */
export const chaosEntities = [
  ...accountsEntities,
  ...audienceEntities,
  ...templatesEntities,
  ...deliverabilityEntities,
  ...sendingEntities,
  ...campaignsEntities,
];

export interface Place {
  readonly dataDir: string;
  /** Of `PORTS` in a row: HTTP, tracker, MX, the simulator's, then the two of submission. */
  readonly firstPort: number;
  /** The simulator's. */
  readonly log: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
}

/** What the roles are told. */
export function roleEnvironment({ dataDir, firstPort, log, databaseUrl, redisUrl }: Place): NodeJS.ProcessEnv {
  // What the shell or a test runner has set for another purpose is none of theirs.
  const inherited = Object.keys(process.env).filter((name) => /^(CHAPAR_|DATABASE_URL|REDIS_URL|VITEST|NODE_OPTIONS)/.test(name));
  return childEnvironment({
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    CHAPAR_DATA_DIR: dataDir,
    CHAPAR_SIMULATOR_LOG: log,
    CHAPAR_HTTP_PORT: `${firstPort}`,
    CHAPAR_TRACKER_PORT: `${firstPort + 1}`,
    CHAPAR_MX_PORT: `${firstPort + 2}`,
    CHAPAR_SIMULATOR_PORT: `${firstPort + 3}`,
    CHAPAR_SUBMISSION_PORT: `${firstPort + 3 + SIMULATED_PROVIDERS}`,
    CHAPAR_SUBMISSIONS_PORT: `${firstPort + 4 + SIMULATED_PROVIDERS}`,
    CHAPAR_PUBLIC_URL: `http://127.0.0.1:${firstPort}`,
    CHAPAR_DELIVERY: 'sandbox',
    CHAPAR_HOSTNAME: 'mail.example.org',
    CHAPAR_SIMULATOR_TIME_SCALE: `${TIME_SCALE}`,
    CHAPAR_LOG_LEVEL: 'warn',
    // Most of what a fault run costs is compiling the same programs again and again.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? path.join(os.tmpdir(), 'node-compile-cache'),
  });
}
