export { type SieveResult, compileSieve, sieveExtensions } from './compile.js';
export { type SieveLimits, defaultSieveLimits } from './parser.js';
export type { SieveProgram } from './program.types.js';
export { runSieve } from './run-sieve.js';
export type { Position, SieveProblem } from './sieve-error.js';
export type { SieveAction, SieveEnvironment, SieveMessage, SieveOutcome } from './sieve-message.types.js';
export { ManageSieveReader, managesieveLimits } from './managesieve-reader.js';
export {
  type ManageSieveCapabilities,
  managesieveCapabilities,
  managesieveChallenge,
  managesieveScript,
  managesieveScripts,
  managesieveStatus,
} from './managesieve-responses.js';
export type { ManageSieveCode, ManageSieveCommand, ManageSieveEvent, ManageSieveLimits } from './managesieve.types.js';
export { sieveMessageOf } from './message-of.js';
