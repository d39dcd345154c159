export * from './ledger.js';
export * from './simulated-addresses.js';
