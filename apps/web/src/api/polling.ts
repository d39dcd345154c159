import type { Query } from '@tanstack/react-query';

/** Asks again every so often, and less often while the server does not answer. */
export const poll =
  (everyMs: number) =>
  (query: Query<any, any, any, any>): number =>
    Math.min(everyMs * 2 ** query.state.fetchFailureCount * (query.state.status === 'error' ? 4 : 1), 30_000);
