export { bodyHash, relaxedBody, relaxedHeader } from './canonical.js';
export { type DkimAlgorithm, type DkimKey, type DkimMessage, type DkimOptions, signDkim } from './dkim-signer.js';
