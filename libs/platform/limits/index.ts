export { CallerRates, type RateTaken } from './caller-rates.js';
