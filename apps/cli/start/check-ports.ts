import { createServer } from 'node:net';
import { defineErrors, messageOf, type ErrorDetail } from '#base/kernel';
import { findPortOwner } from './find-port-owner.js';
import type { PortUse } from './roles.js';

const portError = defineErrors({
  ports_unavailable: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning:
      'One or more ports cannot be listened on: another program has them, or this user may not. Each is listed with the setting that changes it.',
  },
});

/**
 * Tries every port before anything is started.
 * @throws ChaparError `ports_unavailable` naming each port, its setting and, if known, the process that has it
 */
export async function checkPorts(uses: readonly PortUse[]): Promise<void> {
  const details = [...sharedPorts(uses), ...(await Promise.all(uses.map(tryPort))).filter((detail) => detail !== undefined)];
  if (details.length === 0) return;
  const lines = details.map((detail) => `  ${detail.message}`).join('\n');
  throw portError('ports_unavailable', `${details.length === 1 ? 'A port' : 'Some ports'} cannot be used:\n${lines}`, {
    details,
    suggestion: `End the other program, or choose another port: for example \`${details[0]!.field}=${freeSuggestion(uses, details[0]!)} npm start\`.`,
  });
}

function sharedPorts(uses: readonly PortUse[]): ErrorDetail[] {
  const byPort = Map.groupBy(uses, (use) => use.port);
  return [...byPort.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      field: group[1]!.setting,
      code: 'shared',
      message: `port ${group[0]!.port} is set more than once: ${group.map((use) => use.setting).join(', ')}`,
    }));
}

function tryPort(use: PortUse): Promise<ErrorDetail | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(describe(use, error)));
    server.listen({ host: use.address, port: use.port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function describe(use: PortUse, error: NodeJS.ErrnoException): ErrorDetail {
  const what = `port ${use.port} (${use.setting}, for the ${use.role} role)`;
  switch (error.code) {
    case 'EADDRINUSE': {
      const owner = findPortOwner(use.port);
      return {
        field: use.setting,
        code: 'taken',
        message: `${what} is taken${owner ? ` by ${owner.command} (process ${owner.pid})` : ' by another program'}`,
      };
    }
    case 'EACCES':
      return {
        field: use.setting,
        code: 'forbidden',
        message: `${what} needs more rights than this user has: choose a port above 1023, or grant the right to bind low ports`,
      };
    case 'EADDRNOTAVAIL':
      return { field: 'CHAPAR_BIND', code: 'address', message: `${what}: this machine has no address ${use.address} (CHAPAR_BIND)` };
    default:
      return { field: use.setting, code: 'unusable', message: `${what}: ${messageOf(error)}` };
  }
}

function freeSuggestion(uses: readonly PortUse[], { field }: ErrorDetail): string | number {
  if (field === 'CHAPAR_BIND') return '127.0.0.1';
  const port = uses.find((use) => use.setting === field)!.port;
  return port < 1024 ? port + 8000 : port + 100;
}
