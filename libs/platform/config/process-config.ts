import { type Config } from './config.schema.js';
import { loadConfig } from './load-config.js';

/** The configuration of this process. The only place of the product that reads `process.env`. */
export function processConfig(): Config {
  return loadConfig({ env: process.env, cwd: process.cwd() });
}
