import { expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

const item = (workspaceId: string, mailClass: number, n: number) => ({ workspaceId, class: mailClass, n });

function drain(queue: FairQueue<{ workspaceId: string; class: number; n: number }>): string[] {
  const order: string[] = [];
  for (let next = queue.shift(); next; next = queue.shift()) order.push(`${next.workspaceId}${next.n}`);
  return order;
}

it('one of each workspace in turn, whoever came first', () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  for (let n = 0; n < 4; n++) queue.push(item('a', 2, n));
  for (let n = 0; n < 2; n++) queue.push(item('b', 2, n));
  expect(drain(queue)).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'a3']);
  expect(queue.length).toBe(0);
});

it('a lower class leaves before everything else', () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  queue.push(item('a', 2, 0));
  queue.push(item('b', 1, 0));
  queue.push(item('c', 0, 0));
  expect(queue.lengthBefore(2)).toBe(2);
  expect(drain(queue)).toEqual(['c0', 'b0', 'a0']);
});

it('what was put back is next of its workspace, and what is removed is gone', () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  for (let n = 0; n < 5; n++) queue.push(item('a', 2, n));
  queue.putBack(queue.shift()!);
  expect(queue.remove((candidate) => candidate.n % 2 === 1).map(({ n }) => n)).toEqual([1, 3]);
  expect(queue.length).toBe(3);
  expect(drain(queue)).toEqual(['a0', 'a2', 'a4']);
});

it('survives thousands of items without losing one', () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  for (let n = 0; n < 5000; n++) queue.push(item('a', 2, n));
  expect(drain(queue)).toEqual(Array.from({ length: 5000 }, (_, n) => `a${n}`));
});

it('passes over a workspace whose next one may not leave yet, and keeps its place', () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  for (let n = 0; n < 2; n++) queue.push(item('a', 1, n));
  for (let n = 0; n < 2; n++) queue.push(item('b', 2, n));
  const notA = ({ workspaceId }: ReturnType<typeof item>) => workspaceId !== 'a';
  expect(queue.shift(notA)).toMatchObject({ workspaceId: 'b', n: 0 });
  expect(queue.shift(() => false)).toBeUndefined();
  expect(queue.length).toBe(3);
  expect(drain(queue)).toEqual(['a0', 'a1', 'b1']);
});
