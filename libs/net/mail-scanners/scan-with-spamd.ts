import { type ScannerAddress, converse, scannerError } from './scanner-socket.js';

/** What another filter says, on its own scale. */
export interface SpamOpinion {
  readonly score: number;
  /** From this score on it would call it spam. */
  readonly threshold: number;
  /** Names of its rules that hit, at most 50. */
  readonly rules: readonly string[];
}

const MAX_RULES = 50;

/**
 * SpamAssassin's spamd (PROTOCOL of SpamAssassin 4): SYMBOLS gives the score and the names of the rules.
 * @throws ChaparError `scanner_unavailable`
 */
export async function scanWithSpamd(address: ScannerAddress, content: Buffer, timeoutMs: number): Promise<SpamOpinion> {
  const request = Buffer.from(`SYMBOLS SPAMC/1.5\r\nContent-length: ${content.length}\r\n\r\n`);
  const answer = (await converse(address, () => [request, content], { timeoutMs, name: 'SpamAssassin' })).toString('utf8');
  const [, code] = /^SPAMD\/[\d.]+ (\d+) /.exec(answer) ?? [];
  const verdict = /^Spam: (?:True|False) ; (-?\d+(?:\.\d+)?) \/ (-?\d+(?:\.\d+)?)/m.exec(answer);
  if (code !== '0' || !verdict) throw scannerError('scanner_unavailable', `SpamAssassin answered with "${answer.slice(0, 100).trim()}".`);
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  return {
    score: Number(verdict[1]),
    threshold: Number(verdict[2]),
    rules: body
      .split(/[,\s]+/)
      .filter(Boolean)
      .slice(0, MAX_RULES),
  };
}
