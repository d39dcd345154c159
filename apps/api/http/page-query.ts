import * as z from 'zod';

/** `?limit=&after=&before=` of every list: 1 to 100 at once, after or before the object of an id. */
export const pageSchema = z
  .strictObject({
    limit: z.coerce.number().int().min(1).max(100).optional(),
    after: z.string().max(100).optional(),
    before: z.string().max(100).optional(),
  })
  .refine(({ after, before }) => after === undefined || before === undefined, 'give after or before, not both');
export type PageQuery = z.output<typeof pageSchema>;

/** A page of what is in memory, by the ids of its objects. */
export function pageOf<T extends { readonly id: string }>(
  all: readonly T[],
  { limit = 20, after, before }: PageQuery,
): { data: T[]; has_more: boolean } {
  if (before !== undefined) {
    const end = Math.max(
      0,
      all.findIndex(({ id }) => id === before),
    );
    const start = Math.max(0, end - limit);
    return { data: all.slice(start, end), has_more: start > 0 };
  }
  const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1 || all.length;
  return { data: all.slice(start, start + limit), has_more: start + limit < all.length };
}
