export {
  type SimulatedProvider,
  type SimulatedProviderName,
  sandboxNextHop,
  sandboxNextHops,
  simulatedProviderOf,
  simulatedProviders,
} from './sandbox-next-hops.js';
