export { type BehaviourRates, defaultRates } from './fate.js';
export {
  sandboxNextHop,
  sandboxNextHops,
  type SimulatedProvider,
  type SimulatedProviderName,
  simulatedProviderOf,
  simulatedProviders,
} from './sandbox-next-hops.js';
export { Simulator, type SimulatorOptions, type SimulatorStats } from './simulator.js';
export type { SimulatorLogEntry } from './simulator-log.js';
