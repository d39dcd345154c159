import type { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import type { Submission } from './message-draft.js';
import { messagesError } from './messages.errors.js';

/** Mail can be on topics of its own workspace alone. @throws ChaparError `message_invalid` */
export async function checkTopics(dataSource: DataSource, context: ActorContext, submissions: readonly Submission[]): Promise<void> {
  const ids = [...new Set(submissions.flatMap(({ topicId }) => topicId ?? []))];
  if (ids.length === 0) return;
  const uuids = ids.filter((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id));
  const rows = (await dataSource.query('SELECT id FROM topics WHERE workspace_id = $1 AND id = ANY($2::uuid[])', [
    context.workspaceId,
    uuids,
  ])) as { id: string }[];
  const known = new Set(rows.map(({ id }) => id));
  const missing = ids.find((id) => !known.has(id.toLowerCase()));
  if (missing === undefined) return;
  const message = `topic_id: this workspace has no topic ${missing.slice(0, 60).replace(/[\p{Cc}]/gu, '�')}`;
  throw messagesError('message_invalid', message, { details: [{ field: 'topic_id', code: 'not_found', message }] });
}
