import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TrackingTokens, type TokenKind } from './tracking-tokens.js';

const tokens = new TrackingTokens(Buffer.alloc(32, 7));
const kinds: TokenKind[] = ['open', 'click', 'unsubscribe', 'web-view', 'bounce', 'reply'];

it('reads back what it signed, in either case', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 63n - 1n), fc.integer({ min: 0, max: 65535 }), fc.constantFrom(...kinds), (id, position, kind) => {
      const token = tokens.sign(kind, id.toString(), position);
      expect(token).toMatch(/^[a-z2-7]{32}$/);
      expect(tokens.verify(kind, token.toUpperCase())).toEqual({ deliveryId: id.toString(), position });
    }),
  );
});

it('refuses a token of another kind, of another key, or with any one character changed', () => {
  const token = tokens.sign('open', '3876543210987654321');
  expect(tokens.verify('unsubscribe', token)).toBeUndefined();
  expect(new TrackingTokens(Buffer.alloc(32, 8)).verify('open', token)).toBeUndefined();
  for (let i = 0; i < token.length; i++) {
    const changed = token.slice(0, i) + (token[i] === 'a' ? 'b' : 'a') + token.slice(i + 1);
    expect(tokens.verify('open', changed)).toBeUndefined();
  }
});

it('signs neighbouring links with different bits, whatever it signed before', () => {
  const id = '3876543210987654321';
  const all = kinds.flatMap((kind) => Array.from({ length: 12 }, (_, position) => tokens.sign(kind, id, position)));
  expect(new Set(all.map((token) => token.slice(16))).size).toBe(all.length);
  const fresh = new TrackingTokens(Buffer.alloc(32, 7));
  expect(fresh.sign('click', id, 11)).toBe(tokens.sign('click', id, 11));
  tokens.sign('click', '1', 11);
  expect(tokens.sign('click', id, 11)).toBe(fresh.sign('click', id, 11));
  const [first, second] = [tokens.sign('click', id, 3), tokens.sign('click', id, 4)];
  expect(tokens.verify('click', first.slice(0, 16) + second.slice(16))).toBeUndefined();
});

it('never throws on what a stranger sends', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 64 }), (text) => tokens.verify('click', text) === undefined));
});
