export * from './actor-context.js';
export * from './clock.js';
export * from './errors.js';
export * from './row-id.js';
export { uuidv7 } from 'uuidv7';
export * from './logger.js';
