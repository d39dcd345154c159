import { bias, weights } from './prior.data.js';
import { decodePrior } from './prior-model.js';

/** The model that comes with the product; `prior.data.ts` says what it was made from, and by what. */
export const shippedPrior = decodePrior(weights, bias);
