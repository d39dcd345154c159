// Logistic regression over present-or-absent features, by stochastic gradient descent with L2. The same input gives the same
// weights: the order is fixed by a seeded shuffle.
import { seededRandom } from '../make-demo-contacts.mjs';

const EPOCHS = 30;
const RATE = 0.5;
const DECAY = 2e-5;
/** A wanted message in Junk costs more than the reverse. */
const HAM_COST = 2;

/**
 * @param documents {{features: Int32Array, isSpam: boolean}[]}
 * @param offset of the root that features are scaled by: `KNOWN_OFFSET`
 */
export function fit(documents, featureCount, offset) {
  const weights = new Float64Array(featureCount);
  let bias = 0;
  const random = seededRandom(1403);
  const order = documents.map((_, index) => index);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    shuffle(order, random);
    const rate = RATE / (1 + epoch * 0.3);
    for (const index of order) {
      const { features, isSpam } = documents[index];
      const scale = 1 / Math.sqrt(features.length + offset);
      let sum = bias;
      for (const feature of features) sum += weights[feature] * scale;
      const error = (isSpam ? 1 : 0) - 1 / (1 + Math.exp(-sum));
      const step = rate * error * (isSpam ? 1 : HAM_COST);
      for (const feature of features) weights[feature] += step * scale - rate * DECAY * weights[feature];
      bias += step * 0.01;
    }
  }
  return { weights, bias };
}

function shuffle(order, random) {
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
}
