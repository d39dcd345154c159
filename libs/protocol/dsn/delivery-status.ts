import { reportAddress } from './addresses.js';
import { type HeaderList, type MimePart, partText, readHeaders } from './read-mime.js';

export type DsnAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

/** What a report says of one recipient (RFC 3464 §2.3). */
export interface RecipientStatus {
  readonly action: DsnAction;
  /** As it was given to the first server. */
  readonly originalRecipient?: string;
  readonly finalRecipient?: string;
  /** RFC 3463 */
  readonly status?: string;
  /** What stands beside the code in `Status`. */
  readonly statusComment?: string;
  /** Without its type. */
  readonly diagnostic?: string;
  readonly remoteMta?: string;
}

export interface DeliveryStatus {
  readonly reportingMta?: string;
  readonly recipients: readonly RecipientStatus[];
}

/** Reports may name many; who reads them needs the ones that belong to one delivery. */
const MAX_RECIPIENTS = 100;

/** Reads message/delivery-status and message/global-delivery-status (RFC 3464 §2.1, RFC 6533 §3). */
export function readDeliveryStatus(part: MimePart): DeliveryStatus {
  const groups = fieldGroups(part);
  const message = groups.find((group) => group.has('reporting-mta') || group.has('x-postfix-queue-id'));
  const recipients = groups
    .filter((group) => group.has('final-recipient') || group.has('original-recipient') || group.has('action'))
    .slice(0, MAX_RECIPIENTS)
    .map(readRecipient);
  const reportingMta = message && withoutType(message.raw('reporting-mta'));
  return { ...(reportingMta ? { reportingMta } : {}), recipients };
}

/**
 * Groups of fields, divided by blank lines. Some write everything as one group: a second Final-Recipient begins the
 * next recipient there.
 */
function fieldGroups(part: MimePart): HeaderList[] {
  const groups: string[][] = [[]];
  for (const line of partText(part).split(/\r?\n/)) {
    const group = groups.at(-1)!;
    if (line.trim() === '') groups.push([]);
    else if (/^final-recipient:/i.test(line) && group.some((known) => /^final-recipient:/i.test(known))) groups.push([line]);
    else group.push(line);
  }
  return groups.filter((group) => group.length > 0).map((lines) => readHeaders(Buffer.from(lines.join('\r\n'))));
}

function readRecipient(fields: HeaderList): RecipientStatus {
  const [, status, comment] = /([245]\.\d{1,3}\.\d{1,3})\s*([^]*)/.exec(fields.text('status')) ?? [];
  const originalRecipient = reportAddress(fields.text('original-recipient'));
  const finalRecipient = reportAddress(fields.text('final-recipient')) ?? reportAddress(fields.text('x-actual-recipient'));
  const diagnostic = withoutType(fields.text('diagnostic-code'));
  const remoteMta = withoutType(fields.raw('remote-mta'));
  return {
    action: readAction(fields.raw('action'), status),
    ...(originalRecipient ? { originalRecipient } : {}),
    ...(finalRecipient ? { finalRecipient } : {}),
    ...(status ? { status } : {}),
    ...(comment ? { statusComment: comment.replace(/^[(\s]+|[)\s]+$/g, '') } : {}),
    ...(diagnostic ? { diagnostic } : {}),
    ...(remoteMta ? { remoteMta } : {}),
  };
}

/** RFC 3464 §2.3.3; a report without an action is judged by the class of its status. */
function readAction(value: string, status: string | undefined): DsnAction {
  const word = /^[a-z]+/i.exec(value.trim())?.[0]?.toLowerCase();
  switch (word) {
    case 'failed':
    case 'delayed':
    case 'delivered':
    case 'relayed':
    case 'expanded':
      return word;
    default:
      return status?.startsWith('4') ? 'delayed' : status?.startsWith('2') ? 'delivered' : 'failed';
  }
}

/** `smtp; 550 …` → `550 …`, `dns; mx.example.org` → `mx.example.org` */
function withoutType(value: string): string {
  return value
    .replace(/^\s*[\w-]{1,40}\s*;/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 1_000);
}
