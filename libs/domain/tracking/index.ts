export { TrackingTokens, type TokenClaim, type TokenKind } from './tracking-tokens.js';
export { FEEDBACK_LOOP_LOCAL_PART, TrackingUrls, addressPrefixes, trackingPaths } from './tracking-urls.js';
