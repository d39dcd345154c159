import { type KeyObject, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { RowId } from '#base/kernel';

/** What a token allows its bearer to do. A token of one kind is worthless as another. */
export type TokenKind = 'open' | 'click' | 'unsubscribe' | 'web-view' | 'bounce' | 'reply';

export interface TokenClaim {
  readonly deliveryId: RowId;
  /** Position of the link in the template version; 0 for the other kinds. */
  readonly position: number;
}

const PAYLOAD_BYTES = 10; // delivery id 8, link position 2
const MAC_BYTES = 10;
const TOKEN_LENGTH = 32; // 20 bytes in base32
/** One HMAC is long enough for three of them. */
const MACS_OF_ONE = 3;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Signs and checks the tokens in links and in return and reply addresses: 32 lower-case base32 characters,
 * so that they survive mail systems that change the case of a local part. They hold no personal data: a delivery id,
 * a link position and 80 bits of an HMAC over both and the kind.
 */
export class TrackingTokens {
  private readonly key: KeyObject;
  /** Of the delivery that was signed for last: its links stand in both parts of a message, and near each other. */
  private readonly recent = { deliveryId: '' as RowId, tokens: new Map<string, string>(), macs: new Map<string, Buffer>() };

  /** @param key secret of at least 32 bytes, the same in every process of the instance */
  constructor(key: Uint8Array) {
    if (key.length < 32) throw new RangeError('the tracking key needs at least 32 bytes');
    // A KeyObject, because an HMAC from a plain buffer costs five times as much, and a message has a dozen tokens.
    this.key = createSecretKey(key);
  }

  sign(kind: TokenKind, deliveryId: RowId, position = 0): string {
    const { recent } = this;
    if (recent.deliveryId !== deliveryId) {
      recent.deliveryId = deliveryId;
      recent.tokens.clear();
      recent.macs.clear();
    }
    const name = kind + position;
    let token = recent.tokens.get(name);
    if (token === undefined) {
      const bytes = Buffer.allocUnsafe(PAYLOAD_BYTES + MAC_BYTES);
      const id = BigInt(deliveryId);
      bytes.writeBigUInt64BE(id, 0);
      bytes.writeUInt16BE(position, 8);
      this.macOf(kind, id, position, recent.macs).copy(bytes, PAYLOAD_BYTES);
      recent.tokens.set(name, (token = encodeBase32(bytes)));
    }
    return token;
  }

  /** @returns undefined for anything that this instance did not sign for exactly this use */
  verify(kind: TokenKind, token: string): TokenClaim | undefined {
    const bytes = decodeBase32(token.toLowerCase());
    if (bytes === undefined) return undefined;
    const [id, position] = [bytes.readBigUInt64BE(0), bytes.readUInt16BE(8)];
    const expected = this.macOf(kind, id, position, new Map<string, Buffer>());
    if (!timingSafeEqual(expected, bytes.subarray(PAYLOAD_BYTES))) return undefined;
    return { deliveryId: id.toString(), position };
  }

  /** Ten bytes of an HMAC that neighbouring positions share, other ones for each; 80 bits of SHA-256 that nobody else has. */
  private macOf(kind: TokenKind, id: bigint, position: number, known: Map<string, Buffer>): Buffer {
    const group = Math.floor(position / MACS_OF_ONE);
    const name = kind + group;
    let mac = known.get(name);
    if (mac === undefined) {
      const payload = Buffer.allocUnsafe(PAYLOAD_BYTES);
      payload.writeBigUInt64BE(id, 0);
      payload.writeUInt16BE(group, 8);
      mac = createHmac('sha256', this.key).update(`${kind}\0`).update(payload).digest();
      known.set(name, mac);
    }
    const at = (position % MACS_OF_ONE) * MAC_BYTES;
    return mac.subarray(at, at + MAC_BYTES);
  }
}

// RFC 4648 §6, lower case, and no padding because 20 bytes fill whole characters.
function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(buffer >>> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return text;
}

function decodeBase32(text: string): Buffer | undefined {
  if (text.length !== TOKEN_LENGTH) return undefined;
  const bytes = Buffer.allocUnsafe(PAYLOAD_BYTES + MAC_BYTES);
  let buffer = 0;
  let bits = 0;
  let length = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    buffer = (buffer << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (buffer >>> bits) & 255;
    }
    buffer &= (1 << bits) - 1;
  }
  return bytes;
}
