/** Tokens are kept and compared as 52-bit numbers: exact in a double, positive in a bigint, and no word can be read from them. */
export type TokenHash = number;

/** Two rounds of 32-bit multiplicative mixing over UTF-16 units. Not for secrets. */
export function hashToken(token: string): TokenHash {
  let low = 0x9e3779b1;
  let high = 0x85ebca6b;
  for (let at = 0; at < token.length; at++) {
    const unit = token.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x9e3779b1);
    high = Math.imul(high ^ unit, 0x5f356495);
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return (high & 0xfffff) * 0x100000000 + (low >>> 0);
}
