import type { Config } from '#platform/config';

export const roleNames = ['api', 'tracker', 'mta', 'mx', 'mailbox', 'worker', 'simulator'] as const;
export type RoleName = (typeof roleNames)[number];

/** What `--roles` may name: the simulator comes and goes with sandbox delivery. */
export const selectableRoles: readonly RoleName[] = roleNames.filter((name) => name !== 'simulator');

/** A port that a role will listen on, and the setting that moves it. */
export interface PortUse {
  readonly role: RoleName;
  readonly setting: string;
  readonly address: string;
  readonly port: number;
}

/** One for each provider that the simulator plays, from the first port on. */
const SIMULATOR_PORTS = 8;
const LOOPBACK = '127.0.0.1';

export function portsOf(role: RoleName, config: Config): readonly PortUse[] {
  const on = (setting: string, port: number, address = config.bind): PortUse => ({ role, setting, address, port });
  switch (role) {
    case 'api':
      return [on('CHAPAR_HTTP_PORT', config.httpPort)];
    case 'tracker':
      return [on('CHAPAR_TRACKER_PORT', config.trackerPort)];
    case 'mx':
      return [
        on('CHAPAR_MX_PORT', config.mxPort),
        on('CHAPAR_SUBMISSION_PORT', config.submissionPort),
        on('CHAPAR_SUBMISSIONS_PORT', config.submissionsPort),
      ];
    case 'simulator':
      return Array.from({ length: SIMULATOR_PORTS }, (_, i) => on('CHAPAR_SIMULATOR_PORT', config.simulatorPort + i, LOOPBACK));
    case 'mailbox':
      return [
        on('CHAPAR_IMAP_PORT', config.imapPort),
        on('CHAPAR_IMAPS_PORT', config.imapsPort),
        on('CHAPAR_POP3_PORT', config.pop3Port),
        on('CHAPAR_POP3S_PORT', config.pop3sPort),
      ];
    case 'mta':
    case 'worker':
      return [];
  }
}
