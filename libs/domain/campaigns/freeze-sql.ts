import type { ActorContext } from '#base/kernel';
import { sendableContacts } from '#domain/audience';
import type { CampaignAudience } from './campaign.entity.js';

const contactColumns = new Set(['first_name', 'last_name', 'language']);

export interface ContactRange {
  readonly fromContactId: string;
  readonly toContactId: string;
}

/**
 * The recipients of a campaign as a query of (contact_id, email, merge): who may be sent to now, with the merge values
 * that the template reads. Empty values are left out, so that they count as missing.
 */
export function freezeSelection(
  context: ActorContext,
  audience: CampaignAudience,
  fields: readonly string[] | 'all',
  range?: ContactRange,
): { sql: string; parameters: unknown[] } {
  const selection = sendableContacts(context, audience, range);
  const parameters = [...selection.parameters];
  const bind = (value: unknown) => `$${parameters.push(value)}`;
  const sql = `SELECT c.id AS contact_id, c.email, ${mergeExpression(fields, bind)} AS merge
     FROM contacts c WHERE c.id IN (${selection.sql})`;
  return { sql, parameters };
}

function mergeExpression(fields: readonly string[] | 'all', bind: (value: unknown) => string): string {
  const own = (name: string) => `nullif(to_jsonb(c.${name}), '""')`;
  if (fields === 'all') {
    const columns = [...contactColumns].map((name) => `'${name}', ${own(name)}`).join(', ');
    return `jsonb_strip_nulls(c.attributes || jsonb_build_object(${columns}))`;
  }
  const wanted = fields.filter((field) => field !== 'email' && field !== 'workspace');
  if (wanted.length === 0) return 'NULL::jsonb';
  const pairs = wanted.map((field) => {
    const name = `${bind(field)}::text`;
    return `${name}, ${contactColumns.has(field) ? own(field) : `nullif(c.attributes -> ${name}, '""')`}`;
  });
  return `nullif(jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')})), '{}')`;
}
