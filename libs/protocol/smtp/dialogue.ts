import type { SmtpReply } from './reply.js';

/** One command and what the server said to it; either may be missing. A note is ours. */
export interface DialogueEntry {
  readonly command?: string | undefined;
  readonly reply?: SmtpReply | undefined;
  readonly note?: string | undefined;
}

const MAX_LINE = 500;
const MAX_LINES_OF_REPLY = 30;
const MAX_LENGTH = 8_000;

/** A dialogue as people read it: `C: ` what we said, `S: ` what the server said, notes in brackets. At most 8,000 characters. */
export function formatDialogue(entries: readonly DialogueEntry[]): string {
  const lines: string[] = [];
  for (const { command, reply, note } of entries) {
    if (command !== undefined) lines.push(`C: ${tidy(command)}`);
    if (reply) lines.push(...replyLines(reply));
    if (note !== undefined) lines.push(`[${tidy(note)}]`);
  }
  const text = lines.join('\n');
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 2)}\n…`;
}

function replyLines({ code, enhanced, text }: SmtpReply): string[] {
  const lines = text.split('\n');
  const shown = lines.slice(0, MAX_LINES_OF_REPLY);
  const rest = lines.length - shown.length;
  return [
    ...shown.map((line, i) => `S: ${code}${i === lines.length - 1 ? ' ' : '-'}${enhanced ? `${enhanced} ` : ''}${tidy(line)}`.trimEnd()),
    ...(rest > 0 ? [`[${rest} lines more]`] : []),
  ];
}

function tidy(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE - 1)}…`;
}
