import * as z from 'zod';
import { type ScannerAddress, converse, scannerError } from './scanner-socket.js';
import type { SpamOpinion } from './scan-with-spamd.js';

/** What of a message its bytes do not tell. */
export interface ScanEnvelope {
  readonly mailFrom: string;
  readonly recipient: string;
  readonly remoteAddress?: string | undefined;
  readonly helo?: string | undefined;
}

const answerSchema = z.object({
  score: z.number(),
  required_score: z.number(),
  symbols: z.record(z.string(), z.object({ score: z.number().optional() })).default({}),
});

/**
 * Rspamd's `POST /checkv2`, spoken plainly: one request a connection, so that an answer ends with it.
 * @throws ChaparError `scanner_unavailable`
 */
export async function scanWithRspamd(
  address: ScannerAddress,
  content: Buffer,
  envelope: ScanEnvelope,
  timeoutMs: number,
): Promise<SpamOpinion> {
  const fields = {
    Host: 'host' in address ? `${address.host}:${address.port}` : 'localhost',
    'Content-Length': String(content.length),
    Connection: 'close',
    From: envelope.mailFrom,
    Rcpt: envelope.recipient,
    IP: envelope.remoteAddress,
    Helo: envelope.helo,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : `${name}: ${headerSafe(value)}\r\n`,
  );
  const request = Buffer.from(`POST /checkv2 HTTP/1.0\r\n${lines.join('')}\r\n`);
  const answer = await converse(address, () => [request, content], { timeoutMs, name: 'Rspamd' });
  const end = answer.indexOf('\r\n\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer.subarray(0, 20).toString('latin1'))?.[1];
  if (status !== '200' || end < 0) throw scannerError('scanner_unavailable', `Rspamd answered with status ${status ?? 'none'}.`);
  const { score, required_score, symbols } = readAnswer(answer.subarray(end + 4).toString('utf8'));
  return { score, threshold: required_score, rules: Object.keys(symbols).slice(0, 50) };
}

function readAnswer(body: string): z.output<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(body));
  } catch (cause) {
    throw scannerError('scanner_unavailable', 'Rspamd answered with something else than its JSON.', { cause });
  }
}

/** Addresses come from strangers: nothing of theirs may end a line. */
function headerSafe(value: string): string {
  return value.replace(/[\p{Cc}]+/gu, ' ').slice(0, 500);
}
