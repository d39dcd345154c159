import { expect, it } from 'vitest';
import { ProviderGate } from './provider-gate.js';

const nobody = { pump: () => undefined };

it('keeps a provider’s connections, and all together, within their limits', () => {
  const gate = new ProviderGate(3);
  expect([1, 2, 3].map(() => gate.tryEnter('google', 2, nobody))).toEqual([true, true, false]);
  expect([1, 2].map(() => gate.tryEnter('other', undefined, nobody))).toEqual([true, false]);
  gate.leave('google');
  expect(gate.tryEnter('google', 2, nobody)).toBe(true);
  expect(gate.connections).toBe(3);
});

it('ends the connection that has rested longest when somebody needs its place, and lets that one in', () => {
  const gate = new ProviderGate(2);
  const ended: string[] = [];
  for (const name of ['first', 'second']) {
    gate.tryEnter('default', undefined, nobody);
    gate.rest('default', () => ended.push(name));
  }
  let hasEntered = false;
  const visitor = { pump: () => void (hasEntered = gate.tryEnter('default', undefined, visitor)) };
  visitor.pump();
  expect([hasEntered, ended]).toEqual([false, ['first']]);
  gate.leave('default');
  expect(hasEntered).toBe(true);
  expect(gate.connections).toBe(2);
});

it('ends no other provider’s connection for one whose own limit is reached', () => {
  const gate = new ProviderGate(10);
  const ended: string[] = [];
  gate.tryEnter('google', 1, nobody);
  gate.tryEnter('other', 1, nobody);
  gate.rest('other', () => ended.push('other'));
  gate.tryEnter('google', 1, nobody);
  expect(ended).toEqual([]);
});

it('passes over those whose provider is full still', () => {
  const gate = new ProviderGate(2);
  gate.tryEnter('google', 1, nobody);
  gate.tryEnter('other', undefined, nobody);
  let entered = '';
  const visitor = (provider: string, limit?: number) => {
    const self = { pump: () => void (gate.tryEnter(provider, limit, self) && (entered = provider)) };
    return self;
  };
  visitor('google', 1).pump();
  visitor('other').pump();
  gate.leave('other');
  expect(entered).toBe('other');
});

it('forgets a visitor that is gone', () => {
  const gate = new ProviderGate(1);
  gate.tryEnter('default', undefined, nobody);
  let pumped = 0;
  const visitor = { pump: () => void pumped++ };
  gate.tryEnter('default', undefined, visitor);
  gate.forget(visitor);
  gate.leave('default');
  expect(pumped).toBe(0);
});
