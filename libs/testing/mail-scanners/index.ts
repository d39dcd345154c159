export type { RunningScanner } from './scanner-process.js';
export { EICAR, startClamd } from './start-clamd.js';
export { startRspamd } from './start-rspamd.js';
export { startSpamd } from './start-spamd.js';
