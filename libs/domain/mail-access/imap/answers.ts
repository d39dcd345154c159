import { ChaparError } from '#base/kernel';
import type { ResponseCode } from '#protocol/imap';

/** How a command ended: its tagged line. */
export interface Answer {
  readonly status: 'OK' | 'NO' | 'BAD';
  readonly text: string;
  readonly code?: ResponseCode | undefined;
}

export const ok = (text: string, code?: ResponseCode): Answer => ({ status: 'OK', text, code });

/** Ends a command with NO or BAD from wherever it is. */
export class ImapRefusal extends Error {
  override readonly name = 'ImapRefusal';

  constructor(
    text: string,
    readonly code?: ResponseCode,
    readonly status: 'NO' | 'BAD' = 'NO',
  ) {
    super(text);
  }
}

const codes: Readonly<Record<string, ResponseCode>> = {
  folder_not_found: 'NONEXISTENT',
  folder_exists: 'ALREADYEXISTS',
  folder_name_invalid: 'CANNOT',
  folder_refused: 'CANNOT',
  mailbox_over_quota: 'OVERQUOTA',
  mailbox_not_found: 'UNAVAILABLE',
};

/** What the client hears of an error; undefined when it is nobody's business and belongs in the log. */
export function answerTo(error: unknown): Answer | undefined {
  if (error instanceof ImapRefusal) return { status: error.status, text: error.message, code: error.code };
  if (error instanceof ChaparError && codes[error.code] !== undefined)
    return { status: 'NO', text: error.message, code: codes[error.code] };
  return undefined;
}
