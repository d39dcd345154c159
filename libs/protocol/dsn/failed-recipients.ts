import { trimAddress } from './addresses.js';
import { FAILURE_WORDS } from './failure-words.js';

/** Whom a report in words is about, and whom it only mentions. */
export interface RecipientHints {
  /** Who wrote the report, to whom it went, and who wrote the original: in lower case. */
  readonly others: ReadonlySet<string>;
  /** The recipient in the returned copy. */
  readonly original?: string | undefined;
  /** What a known dialect puts in the recipient's place: each address there is one. */
  readonly dialect: ReadonlySet<string>;
}

const ADDRESS_IN_LINE =
  /[^\s<>()[\]:;,"'@\\|=*（）【】《》「」『』“”„«»，。：；、؛،]{1,64}@(?:[\p{L}\p{N}_-]{1,63}\.){0,10}[\p{L}\p{N}-]{1,63}/gu;
const MAX_LINES = 300;
const MAX_LINE = 1_000;
const MAX_RECIPIENTS = 100;

const WHOLE_LINE = /^[\s>*|•·"'<[({:-]{0,20}(?:mailto:|smtp:|rfc822;|to:|recipient:)?\s{0,4}[<"']{0,2}$/i;
const REST_OF_LINE = /^[\s>"'\])}:;,.|*-]{0,20}$/;
const LABEL =
  /(?:recipients?|failed|address(?:es|ed)?|users?|mailbox|account|final-recipient|original-recipient|affected|deliver(?:ed|y)?(?: (?:to|for))?|reach|\bto|\bfor|\bfür|\ban|\bà|\bpara|\ba\b|destinat[aá]rio|destinataire|empf[äa]nger|odbiorca|адресат[уа]?|адрес|получател[ья]|кому|گیرنده|نشانی|آدرس|به|المستلم|العنوان|إلى|收件人|宛先|あて先)[\s:;,"'<([{=（：「《„“«\p{Pi}-]{0,12}(?:rfc822;|smtp:|mailto:)?\s{0,3}[<"']?$/iu;
const RCPT = /rcpt\s{0,4}to\s{0,4}:?\s{0,4}<?$/i;
const HEADING =
  /(?:following|failed|undeliver|affected|problem|fatal|not (?:been )?deliver|did not (?:reach|receive)|could not be (?:reached|delivered)|recipients?|address(?:es)?\)?)[^\n]{0,160}[:\s-]{1,40}$/i;
const SENT_TO =
  /(?:deliver(?:y|ing)?(?: of)? (?:your |the |this |a )?(?:message|mail|e-?mail)s? (?:to|for)|\b(?:your|the|this) (?:e-?mail )?(?:message|mail|e-?mail)s? (?:was )?(?:sent |addressed )?(?:to|for)|addressed to(?: email address)?|originally addressed to|you sent (?:mail|a message|an e-?mail) to|error-for|dda[:.]?\s?smtp|nachricht an|message [àa]|mensaje (?:a|para))[\s:;,"'<([{=-]{0,12}$/i;
const MENTION =
  /(?:\bfrom|sender|\bvon|\bby|contact|reply(?:-to)?|write|forward(?:ed|ing)?(?: to)?|(?:e-?mail|mail|message|request|it|report|complaint|information|copy)s? (?:to|us at|at)|help|assistance|questions?|postmaster(?: at)?|administrator(?: at)?|message-id|mail from|return-path|return path|received|\bcc|envelope-from|reporting-mta|sent by|\bid|on behalf of|originator|orig(?:inal)? sender|mailto:postmaster|پشتیبانی|تماس)[\s:;,"'<([{=-]{0,8}$/i;
const HEADER_LINE =
  /^\s{0,4}>{0,2}(?:from|reply-to|sender|message-id|return-path|received|references|in-reply-to|x-[\w-]{1,40}|cc|bcc|list-[\w-]{1,30}|errors-to)\s?:/i;
const TO_LINE = /^\s{0,4}>{0,2}(?:to|recipient|destinatario|an|à|для|кому)\s?:/i;
const OFFICES =
  /^(?:post-?master|mailer-?daemon|abuse|help-?desk|support|helpdesk|hostmaster|webmaster|no-?reply|info-desk|service-?desk)(?:[+._-]|@)/i;
const VERP = /(?:-bounces?[+@-]|bounces?[+=-]|^bounce|-owner@|^owner-|prvs=|srs[01]=|-admin@)/i;

interface Candidate {
  readonly address: string;
  score: number;
}

/** The addresses that a report in words says were not reached, the most certain first; empty when none stands out. */
export function failedRecipients(report: string, hints: RecipientHints): string[] {
  const candidates = new Map<string, Candidate>();
  let heading = '';
  for (const whole of report.split(/\r?\n/, MAX_LINES)) {
    const line = whole.slice(0, MAX_LINE);
    if (line.trim() === '') continue;
    let isFirst = true;
    for (const { 0: found, index } of line.matchAll(ADDRESS_IN_LINE)) {
      const address = trimAddress(found).replace(/^[.'`]+|[.'`-]+$/g, '');
      if (!address.includes('@')) continue;
      const score =
        scoreOf(address, line.slice(0, index), line.slice(index + found.length), line, heading, isFirst) + merit(address, hints);
      isFirst = false;
      const key = address.toLowerCase();
      const known = candidates.get(key);
      if (!known) candidates.set(key, { address, score });
      else known.score = Math.max(known.score, score) + 0.1;
      if (candidates.size >= MAX_RECIPIENTS) break;
    }
    heading = line;
  }
  const ranked = [...candidates.values()].filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
  const best = ranked[0];
  if (!best) return [];
  // Others that stand just as the best one does; in the order of the report.
  const enough = Math.max(best.score - 1.5, Math.min(best.score, 4));
  const chosen = [...candidates.values()].filter(({ score }) => score >= enough).map(({ address }) => address);
  return [best.address, ...chosen.filter((address) => address !== best.address)];
}

function scoreOf(address: string, before: string, after: string, line: string, heading: string, isFirst: boolean): number {
  const rest = after.slice(0, 400);
  let score = 0;
  if (HEADER_LINE.test(line)) return -6;
  if (RCPT.test(before)) score += 5;
  else if (SENT_TO.test(before.slice(-60))) score += 4;
  else if (/generated from\s{0,4}<?$/i.test(before)) score += 1;
  else if (TO_LINE.test(line)) score += 2;
  else if (MENTION.test(before.slice(-60))) score -= 5;
  else if (WHOLE_LINE.test(before)) score += REST_OF_LINE.test(rest) ? 6 : 4;
  else if (LABEL.test(before.slice(-60))) score += 3;
  else if (/^\W{0,8}\p{L}[^@:：\n]{0,30}[:：]\s{0,6}[<"']?$/u.test(before)) score += 1.5;
  if (isFirst && HEADING.test(heading.slice(-200))) score += 3;
  if (FAILURE_WORDS.test(line)) score += 2;
  if (/^[\s>:"')\]]{0,6}(?:\(|:|\.\.\.|…|on |is |was |has |does |not )/i.test(rest)) score += 0.5;
  return score;
}

function merit(address: string, hints: RecipientHints): number {
  const key = address.toLowerCase();
  let merit = 0;
  if (hints.dialect.has(key)) merit += 3;
  if (hints.original?.toLowerCase() === key) merit += 4;
  else if (OFFICES.test(key)) merit -= 5;
  if (hints.others.has(key)) merit -= 9;
  if (VERP.test(key)) merit -= 4;
  // A Message-ID rather than an address.
  const local = key.slice(0, key.lastIndexOf('@'));
  if (local.length > 24 && /\d{6}/.test(local)) merit -= 4;
  if (!key.slice(key.lastIndexOf('@')).includes('.')) merit -= 3;
  return merit;
}
