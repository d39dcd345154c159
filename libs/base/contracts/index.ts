export * from './ledger.js';
export * from './simulated-addresses.js';
export * from './reception-signals.js';
