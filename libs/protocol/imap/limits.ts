import type { ReaderLimits } from './reader.types.js';

/** Before a log-in: enough for AUTHENTICATE with a token and for a user name as literal, and no message at all. */
export const preLoginLimits: ReaderLimits = {
  lineBytes: 8192,
  literalBytes: 4096,
  commandBytes: 16_384,
  literals: 4,
  depth: 4,
  tokens: 100,
  setRanges: 0,
  appendBytes: 0,
  appendMessages: 0,
};

/** After it: sets of 64 KB in one line are what clients send in earnest (RFC 7162 §4 asks for 8 KB at least). */
export const sessionLimits: ReaderLimits = {
  lineBytes: 131_072,
  literalBytes: 65_536,
  commandBytes: 262_144,
  literals: 200,
  depth: 40,
  tokens: 20_000,
  setRanges: 10_000,
  appendBytes: 64 * 1024 * 1024,
  appendMessages: 200,
};

/** RFC 7888 §5: beyond this a LITERAL- client has to wait for the continuation. */
export const LITERAL_MINUS_BYTES = 4096;
