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

const WARNING =
  /this is a warning message only|you do(?: not|n't) need to (?:resend|take any action)|(?:has not (?:yet )?been|could not yet be) delivered|will (?:keep|continue) (?:trying|to be (?:re)?tried)|delay reason|still (?:being )?(?:trying|retried|queued)|delivery attempts will continue|warning: (?:message|could not send)/i;

export const bounceDialects: readonly BounceDialect[] = [
  { name: 'qmail', marker: /this is the qmail-send program|^hi\. this is the .{1,80} program at/im, recipient: /^<([^<>\r\n]{3,320})>:/m },
  {
    name: 'exim',
    marker: /this message was created automatically by mail delivery software/i,
    recipient: /^ {2,6}([^\s@<>]{1,64}@[^\s<>:]{1,255})/m,
    delayed: WARNING,
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
  { name: 'postfix', marker: /this is the (?:mail system|postfix program) at host/i, recipient: /^<([^<>\s]{3,320})>/m, delayed: WARNING },
  {
    name: 'opensmtpd',
    marker: /this is the mailer-daemon, please do not reply/i,
    recipient: /^\s{0,8}([^\s@<>]{1,64}@[^\s<>:]{1,255}):/m,
    delayed: WARNING,
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
  {
    // Whatever else a mail system says about something that it could not deliver.
    name: 'generic',
    marker:
      /(?:could not|couldn't|cannot|can't|not|failed to|unable to|was not able to|wasn't able to) (?:be )?deliver|undeliver|delivery (?:has )?(?:failed|failure|error|status)|returned to sender|(?:was|has been|is) (?:returned|rejected|bounced|blocked)|mail(?:box)? (?:is )?full|user unknown|unknown user|no such user|konnte nicht zugestellt|n'a pas pu [êe]tre (?:livr|remis)|no (?:se )?(?:pudo|ha podido) (?:ser )?entreg|impossibile (?:recapitare|consegnare)|n[ãa]o p[ôo]de ser entregue/i,
    recipient: /([^\s<>()[\]:;,"'@]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63})/,
    delayed: WARNING,
  },
];

/** Where the returned copy begins. */
export const RETURNED_COPY =
  /^[ \t>]{0,4}(?:-{2,40} ?(?:below this line is a copy of|this is a copy of (?:the|your)|original message|message header|unsent message|returned (?:message|mail)|undelivered message|forwarded message|the header of|headers? follow|included is a copy|(?:the )?body of the message)[^\r\n]{0,120}|-{2,40} ?original message follows[^\r\n]{0,60}|(?:the )?original message (?:headers )?follows?:?|original message headers:|received: from |return-path: )/im;

export interface PlainBounce {
  readonly dialect: string;
  readonly isDelayed: boolean;
  readonly recipient?: string;
  readonly reason?: string;
  /** What follows the report: the returned message, or its header. */
  readonly returned: string;
}

/** The marker has to stand among the first words: further down somebody may be quoting a bounce. */
const MARKER_WINDOW = 2_500;
const MAX_REPORT = 20_000;

export function readPlainBounce(text: string, findRecipient: (text: string) => string | undefined): PlainBounce | undefined {
  const cut = RETURNED_COPY.exec(text.slice(0, MAX_REPORT * 2));
  const report = text.slice(0, Math.min(cut?.index ?? MAX_REPORT, MAX_REPORT));
  const head = report.slice(0, MARKER_WINDOW);
  const dialect = bounceDialects.find((known) => known.marker.test(head));
  if (!dialect) return undefined;
  const marker = dialect.marker.exec(head)!;
  // The dialects whose marker is a sentence before the address; others give the address within it.
  const found = matchAfter(dialect.recipient, report, marker.index) ?? dialect.recipient.exec(report);
  const recipient = found && findRecipient(found[1]!);
  const reason = readReason(dialect, report, found);
  return {
    dialect: dialect.name,
    isDelayed: dialect.delayed?.test(report) ?? false,
    ...(recipient ? { recipient } : {}),
    ...(reason ? { reason } : {}),
    returned: cut ? text.slice(cut.index) : '',
  };
}

function matchAfter(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  const match = pattern.exec(text.slice(from));
  if (match) match.index += from;
  return match;
}

function readReason(dialect: BounceDialect, report: string, recipient: RegExpExecArray | null): string | undefined {
  const named = dialect.reason
    ?.exec(report)
    ?.slice(1)
    .find((group) => group !== undefined);
  if (named) return oneLine(named);
  if (!recipient) return undefined;
  // The words after the address, to the next blank line; when the address closes its line, that is the next paragraph.
  const after = report.slice(recipient.index + recipient[0].length, recipient.index + recipient[0].length + 1_500);
  const words = oneLine(after.replace(/^[>:\s]{1,20}/, '').split(/\r?\n[ \t]*\r?\n/)[0] ?? '');
  return words === '' ? undefined : words;
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 500);
}
