import { type Config } from './config.schema.js';
import { loadConfig } from './load-config.js';

// This file is the only place of the product that touches `process.env`.

/** The configuration of this process. */
export function processConfig(): Config {
  return loadConfig({ env: process.env, cwd: process.cwd() });
}

/** The environment for a process that this one starts: its own, with settings replaced. `undefined` removes one. */
export function childEnvironment(settings: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries({ ...process.env, ...settings }).filter(([, value]) => value !== undefined));
}
