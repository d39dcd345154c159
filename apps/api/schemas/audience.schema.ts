import * as z from 'zod';
import { suppressionReasons, suppressionScopes } from '#domain/audience';
import { instant, listOf, pagedListOf } from '../http/answers.js';

const count = z.number().int();
const memberStatus = z.enum(['subscribed', 'unsubscribed', 'unconfirmed']);

export const contactAnswer = z
  .object({
    object: z.string(),
    id: z.string(),
    email: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    language: z.string(),
    attributes: z.record(z.string(), z.unknown()),
    /** On the list that was asked for. */
    status: memberStatus.optional(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Contact' });
export const contactPageAnswer = pagedListOf('ContactPage', contactAnswer);
export const contactDetailAnswer = contactAnswer
  .extend({
    lists: z.array(z.object({ list_id: z.string(), name: z.string(), status: memberStatus, since: instant })),
  })
  .meta({ id: 'ContactDetail' });

const list = z.object({
  object: z.string(),
  id: z.string(),
  name: z.string(),
  description: z.string(),
  opt_in: z.enum(['single', 'double']),
  created_at: instant,
});
export const listAnswer = list.meta({ id: 'ContactList' });
export const listsAnswer = listOf(
  'ContactLists',
  list.extend({ members: z.object({ subscribed: count, unsubscribed: count, unconfirmed: count }) }),
);

export const importAnswer = z
  .object({
    object: z.string(),
    id: z.string(),
    list_id: z.string().nullable(),
    file_name: z.string(),
    status: z.enum(['waiting', 'running', 'finished', 'failed', 'cancelled']),
    columns: z.array(z.object({ column: z.string(), field: z.string() })).readonly(),
    encoding: z.string(),
    progress: z.number(),
    bytes_total: z.number(),
    bytes_done: z.number(),
    rows_read: count,
    rows_created: count,
    rows_updated: count,
    rows_unchanged: count,
    rows_duplicate: count,
    rows_rejected: count,
    kept_unsubscribed: count,
    suppressed: count,
    has_error_file: z.boolean(),
    error: z.object({ code: z.string(), message: z.string().nullable() }).nullable(),
    created_at: instant,
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
  })
  .meta({ id: 'Import' });
export const importsAnswer = listOf('Imports', importAnswer);

/** What a file looks like, before anything of it is brought in. */
export const importPreviewAnswer = z
  .object({
    encoding: z.string(),
    delimiter: z.string(),
    columns: z.array(z.object({ column: z.string(), field: z.string() })).readonly(),
    rows: z.array(z.array(z.string()).readonly()).readonly(),
  })
  .meta({ id: 'ImportPreview' });

export const suppressionAnswer = z
  .object({
    object: z.string(),
    id: z.string(),
    address: z.string(),
    reason: z.enum(suppressionReasons),
    scope: z.enum(suppressionScopes),
    note: z.string(),
    source: z.string(),
    delivery_id: z.string().nullable(),
    event_id: z.string().nullable(),
    created_by: z.string().nullable(),
    created_at: instant,
    expires_at: instant.nullable(),
  })
  .meta({ id: 'Suppression' });
export const suppressionPageAnswer = pagedListOf('SuppressionPage', suppressionAnswer);
