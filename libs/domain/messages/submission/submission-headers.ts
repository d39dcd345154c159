import { decodeWords } from 'postal-mime';
import type { HeaderField } from '#protocol/mime';
import { DraftProblems } from '../draft-problems.js';
import type { MessageOptions, MessagePriority } from '../message-draft.js';
import { parseSchedule } from '../wire/parse-schedule.js';

/** What a client of submission asks of us beside the mail, in fields that are taken out before it leaves. */
export interface SubmissionHeaders {
  readonly options: MessageOptions;
  readonly idempotencyKey: string | undefined;
}

const priorities = ['high', 'normal', 'low'] as const;

/**
 * Reads `X-Chapar-Tags: kind=invoice, team=billing`, `X-Chapar-Metadata` (a JSON object), `X-Chapar-Stream`,
 * `X-Chapar-Priority`, `X-Chapar-Topic`, `X-Chapar-Send-At`, `X-Chapar-Expires-At` (each as in the send API) and
 * `X-Chapar-Idempotency-Key`.
 * @throws ChaparError `message_invalid` for a value that cannot be used, and for a field we do not know
 */
export function readSubmissionHeaders(headers: readonly HeaderField[], now: Date): SubmissionHeaders {
  const problems = new DraftProblems();
  const given = new Map<string, string>();
  for (const { name, value } of headers) {
    const lower = name.toLowerCase();
    if (!lower.startsWith('x-chapar-')) continue;
    const key = lower.slice('x-chapar-'.length);
    if (!known.has(key)) problems.add(name.slice(0, 60), 'unknown', 'is no field that Chapar knows');
    else if (given.has(key)) problems.add(name, 'duplicate', 'is there twice');
    // Clients encode what is not plain (RFC 2047), and some encode too much.
    given.set(key, decodeWords(value.replace(/\r\n(?=[ \t])/g, '')).trim());
  }
  const moment = (key: string): Date | undefined => {
    const text = given.get(key);
    if (text === undefined) return undefined;
    const at = parseSchedule(text, now);
    if (at === undefined) problems.add(`X-Chapar-${key}`, 'invalid', `is not a time: "${text.slice(0, 100)}"`);
    return at;
  };
  const options: MessageOptions = {
    tags: tagsOf(given.get('tags')),
    metadata: metadataOf(given.get('metadata'), problems),
    stream: given.get('stream'),
    priority: priorityOf(given.get('priority'), problems),
    topicId: given.get('topic'),
    scheduledAt: moment('send-at'),
    expiresAt: moment('expires-at'),
  };
  problems.refuse();
  return { options, idempotencyKey: given.get('idempotency-key') };
}

const known = new Set(['tags', 'metadata', 'stream', 'priority', 'topic', 'send-at', 'expires-at', 'idempotency-key']);

/** What is wrong with a name or a value is said where tags of all origins are checked. */
function tagsOf(text: string | undefined): { name: string; value: string }[] {
  const parts = (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.map((part) => {
    const [name = '', ...value] = part.split('=');
    return { name: name.trim(), value: value.join('=').trim() };
  });
}

function metadataOf(text: string | undefined, problems: DraftProblems): Record<string, string> {
  if (text === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    problems.add('X-Chapar-Metadata', 'invalid', 'is not a JSON object');
    return {};
  }
  const entries = Object.entries(parsed);
  if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return Object.fromEntries(entries);
  problems.add('X-Chapar-Metadata', 'invalid', 'has values that are not texts');
  return {};
}

function priorityOf(text: string | undefined, problems: DraftProblems): MessagePriority | undefined {
  const found = priorities.find((name) => name === text?.toLowerCase());
  if (text !== undefined && !found) problems.add('X-Chapar-Priority', 'invalid', `is one of ${priorities.join(', ')}`);
  return found;
}
