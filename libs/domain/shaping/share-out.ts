/** What one process has of the connections of a limit, and what it could use. */
export interface ConnectionShare {
  readonly held: number;
  readonly want: number;
}

/**
 * How many connections a process may have, given what the others have. What is free is the first one's to ask; while another
 * gets less than an even part and could use it, nobody keeps more than that, or more than the others leave.
 * @param open connections that exist: they are held until they have ended, and are no more than what was held before
 * @returns `allowed`: to come to; `held`: what the others must count with, with which all of them together stay within the limit
 */
export function shareOut(
  limit: number,
  others: readonly ConnectionShare[],
  { open, want }: { readonly open: number; readonly want: number },
): { readonly allowed: number; readonly held: number } {
  const free = Math.max(0, limit - sum(others, ({ held }) => held));
  const even = Math.max(1, Math.floor(limit / (others.length + 1)));
  const isAnyoneShort = others.some((one) => one.held < Math.min(one.want, even));
  const most = isAnyoneShort ? Math.max(even, limit - sum(others, (one) => one.want)) : limit;
  const allowed = Math.min(want, free, most);
  return { allowed, held: Math.max(open, allowed) };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
