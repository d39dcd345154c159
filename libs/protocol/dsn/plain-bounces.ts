import { findAddress } from './addresses.js';
import { FAILURE_WORDS, WARNING_WORDS } from './failure-words.js';
import { oneLine } from './reason.js';

/**
 * Reports in words only, from before RFC 3464 and from programs that never heard of it. A dialect is known by its
 * marker near the beginning of the text, and tells where the recipient stands and where the returned copy begins.
 */
export interface BounceDialect {
  readonly name: string;
  readonly marker: RegExp;
  /** Its first group is, or holds, the recipient. */
  readonly recipient: RegExp;
  /** Its first group is the reason; absent: the words after the recipient. */
  readonly reason?: RegExp;
  /** The report is a warning, if this matches. */
  readonly delayed?: RegExp;
}

export const bounceDialects: readonly BounceDialect[] = [
  { name: 'qmail', marker: /this is the qmail-send program|^hi\. this is the .{1,80} program at/im, recipient: /^<([^<>\r\n]{3,320})>:/m },
  {
    name: 'exim',
    marker: /this message was created automatically by mail delivery software/i,
    recipient: /^ {2,6}([^\s@<>]{1,64}@[^\s<>:]{1,255})/m,
    delayed: WARNING_WORDS,
  },
  {
    name: 'sendmail',
    marker: /-{3,} ?(?:the following addresses had|transcript of session follows)/i,
    recipient: /^<?"?\|?([^\s<>"]{1,64}@[^\s<>"]{1,255})>?/m,
    reason:
      /\(reason: ([^\r\n]{1,500})\)|\.\.\. (Deferred: [^\r\n]{1,500})|^<<< ([45]\d\d[^\r\n]{1,500})|^(?!550 )([45]\d\d[ -][^\r\n]{1,500})/m,
    delayed: /transient non-fatal|warning message only|will keep trying/i,
  },
  {
    name: 'gmail',
    marker:
      /delivery to the following recipients? (?:has )?(?:been )?(?:failed permanently|delayed|has failed)|delivery incomplete|address not found|message (?:wasn't|not) delivered/i,
    recipient: /^\s{1,10}\*{0,2}([^\s@<>*]{1,64}@[^\s<>:*]{1,255})/m,
    reason:
      /(?:response (?:from the remote server )?(?:was|is)|the error that the other server returned was|technical details of (?:permanent|temporary) failure):?\s{0,6}([^\r\n][^\r\n]{3,500})/i,
    delayed: /delayed|delivery incomplete|temporary (?:failure|problem)/i,
  },
  { name: 'yahoo', marker: /unable to deliver message to the following address/i, recipient: /^<([^<>\s]{3,320})>:/m },
  {
    name: 'postfix',
    marker: /this is the (?:mail system|postfix program) at host/i,
    recipient: /^<([^<>\s]{3,320})>/m,
    delayed: WARNING_WORDS,
  },
  {
    name: 'opensmtpd',
    marker: /this is the mailer-daemon, please do not reply/i,
    recipient: /^\s{0,8}([^\s@<>]{1,64}@[^\s<>:]{1,255}):/m,
    delayed: WARNING_WORDS,
  },
  {
    name: 'domino',
    marker: /was not delivered to:|not listed in (?:public name & address book|domino directory)/i,
    recipient: /not delivered to:\s{0,20}<?([^\s<>]{3,320})/i,
    reason: /because:\s{0,20}([^\r\n]{3,500})/i,
  },
  {
    name: 'exchange',
    marker:
      /your message did not reach some or all of the intended recipients|the following recipient\(s\) (?:could not|cannot) be reached|delivery has failed to these recipients|couldn't be delivered|delivery to the following recipients failed/i,
    recipient:
      /(?:could not be reached:|cannot be reached:|these recipients or (?:distribution lists|groups):|message to|recipients failed\.?)\s{0,40}<?'?([^\s'<>]{3,320})/i,
    reason: /\bon \d[^\r\n]{3,60}\r?\n\s{0,40}([^\r\n]{3,500}(?:\r?\n[ \t]{1,40}[^\r\n]{1,300})?)/,
  },
  {
    name: 'groupwise',
    marker: /the message that you sent was undeliverable to the following/i,
    recipient: /following:\s{0,20}<?([^\s<>(]{3,320})/i,
    reason: /@[^\s()]{1,255} \(([^()\r\n]{3,300})\)/,
  },
  {
    name: 'imail',
    marker: /^(?:unknown user:|undeliverable to |user mailbox exceeds allowed size:|delivery failed \d{1,3} attempts:)/im,
    recipient: /(?:user:|undeliverable to|size:|attempts:)\s{0,10}<?([^\s<>]{3,320})/i,
    reason: /^([^\r\n]{3,300})/,
  },
  {
    name: 'qq',
    marker: /邮件被退回|邮件无法送达|不存在，邮件/,
    recipient: /[（(]([^\s（()）]{3,320}@[^\s（()）]{3,255})[）)]/,
    reason: /^([^\r\n]{0,200}(?:不存在|无法送达|已满)[^\r\n]{0,200})/m,
  },
  {
    name: 'persian',
    marker: /پیام شما (?:به گیرنده )?(?:تحویل|ارسال) نشد|ارسال ناموفق|نامهٔ? شما تحویل نشد/,
    recipient: /([^\s<>()«»:،]{1,64}@[^\s<>()«»:،]{3,255})/,
    reason: /(?:علت|دلیل):\s{0,10}([^\r\n]{3,500})/,
  },
];

/** Where the returned copy begins. */
export const RETURNED_COPY =
  /^[ \t>|]{0,4}(?:[-=*]{2,40} ?(?:(?:message|original|mail|returned|unsent|undelivered) ?(?:text|message|mail|header|contents?|copy)? ?(?:follows|is attached|below|$)|beginning of (?:the )?(?:original|returned)|start of (?:the )?(?:original|returned)|begin (?:of )?(?:the )?(?:original|returned|forwarded))[^\r\n]{0,80}|(?:the )?(?:first \d{1,3} lines of (?:your|the) |text of (?:your|the) )?(?:original |returned |your )(?:message|mail) (?:headers? )?(?:as received )?(?:is |reads|follows|text)[^\r\n]{0,60}:?|your message reads[^\r\n]{0,40}|-{2,40} ?(?:below this line is a copy of|this is a copy of (?:the|your)|original message|message header|unsent message|returned (?:message|mail)|undelivered message|forwarded message|the header of|headers? follow|included is a copy|(?:the )?body of the message)[^\r\n]{0,120}|-{2,40} ?original message follows[^\r\n]{0,60}|(?:the )?original message (?:headers )?follows?:?|original message headers:|received: from |return-path: )/im;

export interface PlainBounce {
  /** undefined: the words are of no known system. */
  readonly dialect?: string;
  readonly isDelayed: boolean;
  /** Whoever stands in the place where the dialect puts recipients. */
  readonly recipients: readonly string[];
  /** What the mail system says, without the copy. */
  readonly report: string;
  /** What follows the report: the returned message, or its header. */
  readonly returned: string;
  /** What is said of a recipient. */
  reasonNear(recipient: string | undefined): string | undefined;
}

/** The marker has to stand among the first words: further down somebody may be quoting a bounce. */
const MARKER_WINDOW = 2_500;
const MAX_REPORT = 20_000;
const MAX_FOUND = 50;

/** Takes the words of a message apart as reports are built. Says nothing of whether it is one. */
export function readPlainBounce(text: string): PlainBounce {
  const cut = endOfReport(text);
  const report = text.slice(0, Math.min(cut, MAX_REPORT));
  const head = report.slice(0, MARKER_WINDOW);
  const dialect = bounceDialects.find((known) => known.marker.test(head));
  return {
    ...(dialect ? { dialect: dialect.name } : {}),
    isDelayed: dialect?.delayed?.test(report) === true || WARNING_WORDS.test(report),
    recipients: dialect ? placesOf(dialect, report, dialect.marker.exec(head)!.index) : [],
    report,
    returned: cut < text.length ? text.slice(cut) : '',
    reasonNear: (recipient) => readReason(dialect, report, recipient),
  };
}

/** Where the copy begins; a line that looks like its beginning before anything was said is not it. */
function endOfReport(text: string): number {
  const shown = text.slice(0, MAX_REPORT * 2);
  const copies = new RegExp(RETURNED_COPY.source, 'gim');
  for (let found = copies.exec(shown); found; found = copies.exec(shown)) {
    const before = shown.slice(0, found.index);
    // A header may also be repeated within the report, before it says anything.
    const isHeader = /^[ \t>|]{0,4}(?:received|return-path)/i.test(found[0]);
    if (before.trim().length > 40 && (!isHeader || FAILURE_WORDS.test(before) || WARNING_WORDS.test(before))) return found.index;
    if (found[0] === '') copies.lastIndex++;
  }
  return text.length;
}

function placesOf(dialect: BounceDialect, report: string, from: number): string[] {
  const every = new RegExp(
    dialect.recipient.source,
    dialect.recipient.flags.includes('g') ? dialect.recipient.flags : `${dialect.recipient.flags}g`,
  );
  const found: string[] = [];
  // The address may stand before the marker too.
  for (const text of [report.slice(from), report]) {
    for (const match of text.matchAll(every)) {
      const address = findAddress(match[1] ?? '');
      if (address) found.push(address);
      if (found.length >= MAX_FOUND) return found;
    }
    if (found.length > 0) return found;
  }
  return found;
}

function readReason(dialect: BounceDialect | undefined, report: string, recipient: string | undefined): string | undefined {
  const named = dialect?.reason
    ?.exec(report)
    ?.slice(1)
    .find((group) => group !== undefined);
  if (named) return oneLine(named);
  const [, labelled] =
    /^[ \t>|*-]{0,8}(?:reason|error|cause|diagnostic(?: code)?|problem|grund|raison|motivo|причина|علت|دلیل|السبب|原因)[ \t]{0,4}[:：][ \t]{0,10}([^\r\n]{3,500})/im.exec(
      report,
    ) ?? [];
  if (labelled) return oneLine(labelled);
  const at = recipient === undefined ? -1 : report.indexOf(recipient);
  if (at < 0) return undefined;
  // The words after the address, to the next blank line; when the address closes its line, that is the next paragraph.
  const after = report.slice(at + recipient!.length, at + recipient!.length + 1_500);
  const words = oneLine(after.replace(/^[>:"')\].\s]{1,20}/, '').split(/\r?\n[ \t]*\r?\n/)[0] ?? '');
  return /[\p{L}]{3}/u.test(words) ? words : undefined;
}
