import type { BounceClass } from '#base/contracts';

/** One way to recognise why mail was refused or delayed. All conditions that a rule has must hold; the first such rule decides. */
export interface ReplyRule {
  readonly class: BounceClass;
  /** Subject and detail of the enhanced code (RFC 3463 §2), without its class: `1.1` stands for 5.1.1 and 4.1.1. */
  readonly enhanced?: RegExp;
  /** RFC 5321 reply codes. */
  readonly codes?: readonly number[];
  /** Words of the reply. Linear time: no nested or adjacent unbounded repetition. */
  readonly text?: RegExp;
  /** Real replies that this rule, and no earlier one, must recognise: the spec runs every one. */
  readonly samples: readonly string[];
}

/** A dialect: an enhanced code that a provider gives a meaning of its own, known by its words. */
const dialects: readonly ReplyRule[] = [
  {
    // Yahoo's policy, where RFC 4954 §6 has a weak mechanism of authentication.
    class: 'policy',
    enhanced: /^7\.9$/,
    text: /policy reasons/i,
    samples: ['554 5.7.9 Message not accepted for policy reasons. See https://postmaster.example.com/error-codes'],
  },
  {
    class: 'invalid-recipient',
    enhanced: /^1\.10$/,
    text: /recipient ?not ?found|resolver\.adr/i,
    samples: ['550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient user@example.org not found by SMTP address lookup'],
  },
  {
    // Directory-based edge blocking of Exchange Online says "access denied" about an address it does not know.
    class: 'invalid-recipient',
    enhanced: /^4\.1$/,
    text: /recipient address rejected/i,
    samples: ['550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [XX0EXAMPLE.eop-EUR01.prod.protection.example.com]'],
  },
  {
    class: 'expired',
    text: /time ?expired|delivery time (?:has )?expired|retry time(?:out)? (?:not reached|exceeded)|retry timeout exceeded|message (?:has )?expired|(?:queued|in (?:the )?queue) too long|could not be delivered for (?:the last )?\d{1,3} (?:days|hours)|cannot (?:send|deliver) (?:message|mail)? ?(?:for|within) \d{1,3} (?:days?|hours?)|undeliverable for \d|giving up after|(?:maximum|max) (?:time|age) (?:in queue|exceeded)|not been able to deliver .{0,60} since/i,
    enhanced: /^(?:4\.(?:7|1|2|300)|0\.0)$/,
    samples: [
      '554 5.4.7 [internal] message expired: exceeded max time without delivery',
      '450 4.4.7 Message delayed: delivery time expired',
      '550 5.4.300 Message expired -> 451 4.7.5 Remote certificate failed validation',
    ],
  },
  {
    class: 'mailbox-full',
    enhanced: /^(?:1\.1|2\.[01]|3\.[012]|7\.1|0\.0)$/,
    text: /over (?:the )?quota|over ?quota|quota (?:has been )?exceeded|exceed(?:s|ed|ing)? .{0,30}quota|mailbox (?:is |was )?full|mailbox size limit exceeded|inbox is full|out of storage/i,
    samples: ['550 5.1.1 <user@example.org>: user is over quota', '450 4.2.1 user@example.org mailbox is full, try again later'],
  },
  {
    // Gmail's 4.2.1: the mailbox gets more than it may in a while. Not the mailbox's end.
    class: 'policy',
    enhanced: /^2\.1$/,
    text: /at a rate|too quickly|rate that|receiving (?:mail|email) too/i,
    samples: [
      '450-4.2.1 The user you are trying to contact is receiving email at a rate that prevents additional messages from being delivered.',
      '450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time.',
    ],
  },
  {
    class: 'spam-block',
    enhanced: /^7\.(?:25|28|511|60[0-9]|6[1-4][0-9]|650|652|705|708|232)$/,
    samples: [
      '550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://sender.example.com/',
      '421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.',
      '550-5.7.25 The IP address sending this message does not have a PTR record setup.',
    ],
  },
  {
    // RFC 7372 §3 (5.7.20 to 5.7.26) and what Google and Microsoft added.
    class: 'authentication',
    enhanced: /^7\.(?:20|21|22|23|24|26|27|29|30|31|32|40|509|515|9)$/,
    samples: [
      '550-5.7.26 Your email has been blocked because the sender is unauthenticated.',
      "550 5.7.515 Access denied, sending domain example.com doesn't meet the required authentication level.",
      '550 5.7.23 The message was rejected because of Sender Policy Framework violation',
    ],
  },
  {
    class: 'spam-content',
    enhanced: /^7\.(?:350|17[0-9]|501|503)$/,
    samples: [
      '550 5.7.350 Remote server returned message detected as spam -> 554 5.7.1 content rejected',
      '550 5.7.501 Access denied, spam abuse detected',
    ],
  },
  {
    class: 'relaying',
    enhanced: /^7\.(?:54|57|64|368)$/,
    samples: ['550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain', '550 5.7.64 TenantAttribution; Relay Access Denied'],
  },
  {
    // RFC 7293 §5: the mailbox or its domain changed hands; RFC 5248: disabled accounts.
    class: 'inactive-mailbox',
    enhanced: /^7\.(?:13|17|18)$/,
    samples: ['550 5.7.17 Mailbox owner has changed', '525 5.7.13 User account disabled'],
  },
  {
    class: 'bad-domain',
    enhanced: /^4\.(?:310|4)$/,
    text: /does not exist|nxdomain|domain (?:name )?(?:was )?not found|name or service not known|host unknown|unknown (?:host|domain)/i,
    samples: [
      '550 5.4.310 DNS domain nowhere.example does not exist [Message=InfoDomainNonexistent]',
      '550 5.4.4 [internal] Domain lookup failed: NXDOMAIN',
    ],
  },
  {
    class: 'dns-failure',
    enhanced: /^4\.(?:3|4|31[0-4])$/,
    samples: [
      '450 4.4.312 DNS query failed [Message=DnsQueryFailed]',
      '550 5.4.4 [internal] no MX or A for domain',
      '451 4.4.3 Temporary server error. Please try again later',
    ],
  },
  { class: 'no-answer', enhanced: /^4\.31[5-9]$/, samples: ['450 4.4.316 Connection refused [Message=Socket error code 10061]'] },
];

/** Enhanced codes that mean one thing (RFC 3463 §3, IANA SMTP enhanced status codes). */
const exactCodes: readonly ReplyRule[] = [
  {
    class: 'invalid-recipient',
    enhanced: /^1\.(?:1|3|6|4)$/,
    samples: [
      '550 5.1.1 <user@example.org>: Recipient address rejected: User unknown in virtual mailbox table',
      '550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the address.',
      '551 5.1.6 The recipient has moved, please try <other@example.org>',
      '501 5.1.3 Bad recipient address syntax',
    ],
  },
  {
    class: 'bad-domain',
    enhanced: /^1\.(?:2|10)$/,
    samples: ['550 5.1.2 The domain nowhere.example does not exist', '556 5.1.10 Recipient address has null MX'],
  },
  {
    class: 'policy',
    enhanced: /^1\.(?:7|8|9)$/,
    samples: ['553 5.1.7 The sender address <x> is not valid', '550 5.1.8 Sender address rejected: Domain not found'],
  },
  {
    class: 'inactive-mailbox',
    enhanced: /^2\.1$/,
    samples: [
      '550 5.2.1 The email account that you tried to reach is inactive.',
      '550 5.2.1 This mailbox has been disabled',
      '550 5.2.1 The user you are trying to contact is disabled',
    ],
  },
  {
    class: 'mailbox-full',
    enhanced: /^(?:2\.2|3\.1)$/,
    samples: [
      "552-5.2.2 The recipient's inbox is out of storage space. Please direct the recipient to their provider",
      '452 4.2.2 Mailbox over its storage limit',
      '452 4.3.1 Insufficient system storage',
    ],
  },
  {
    class: 'message-too-large',
    enhanced: /^(?:2\.3|3\.4)$/,
    samples: ['552 5.3.4 Message size exceeds fixed limit', '550 5.2.3 Message length exceeds administrative limit'],
  },
  {
    class: 'no-answer',
    enhanced: /^(?:4\.[12]|3\.2)$/,
    samples: [
      '450 4.4.1 connect to mx.example.org[192.0.2.1]:25: Connection timed out',
      '421 4.4.2 mx.example.org Error: timeout exceeded',
      '421 4.3.2 System not accepting network messages',
    ],
  },
  { class: 'expired', enhanced: /^4\.7$/, samples: ['554 5.4.7 Delivery expired (message too old)'] },
  {
    class: 'protocol',
    enhanced: /^(?:5\.[1-9]|6\.(?:[1-9]|10|11))$/,
    samples: [
      '501 5.5.4 Invalid arguments',
      '554 5.6.7 Non-ASCII addresses not permitted for that sender/recipient',
      '554 5.6.11 Bare line feed',
    ],
  },
];

/** Words, for replies without an enhanced code or with one that says little (5.0.0, 5.7.1, 5.5.0, …). */
const words: readonly ReplyRule[] = [
  {
    class: 'relaying',
    text: /relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|not allowed|prohibited)|not permitted to relay|unable to relay|cannot relay|does not (?:allow|permit) relay|we do not relay|rcpthosts/i,
    samples: [
      '554 5.7.1 <user@example.org>: Relay access denied',
      '550 5.7.1 Unable to relay for user@example.org',
      "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    ],
  },
  {
    class: 'spam-block',
    text: /spamhaus|spamcop|barracudacentral|sorbs|surriel|uceprotect|abusix|senderscore|invaluement|block ?list|blacklist|black list|denylist|dnsbl|\brbl\b|banned (?:sending )?ip|ip (?:address )?(?:\S{1,45} )?(?:is |has been |was )?(?:blocked|banned|listed)|poor reputation|bad reputation|reputation|blocked using|(?:S3140|S3150)\b|\[(?:BL|IPTS|TSS)\d+\]|connections? (?:from .{1,60} )?(?:will )?not (?:be )?accepted|too many (?:spam|complaints)|user complaints/i,
    samples: [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
      '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints',
      '550 5.7.1 Unfortunately, messages from [192.0.2.1] were not sent. Part of their network is on our block list (S3150).',
      "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation.",
    ],
  },
  {
    class: 'authentication',
    text: /\b(?:dmarc|dkim|spf)\b|sender policy framework|unauthenticated|not authenticated|authentication (?:level|required|fail|check)|sender id |fails? (?:to pass )?authentication/i,
    samples: [
      '550 5.7.1 Email rejected per DMARC policy for example.com',
      '550 5.7.1 SPF check failed for example.com',
      '530 5.7.0 Authentication required',
    ],
  },
  {
    class: 'mailbox-full',
    text: /over ?quota|over (?:the |its |their |his |allotted |disk |storage )*quota|quota[- ](?:has been )?exceed|exceed(?:s|ed|ing)? .{0,40}(?:quota|mailbox|storage)|mailbox exceeds|(?:mailbox|mail ?box|inbox|mail file|account|maildrop|user) .{0,20}(?:is |has |was )?(?:full|exceeded|over(?:flow)?)|mailfolder is full|not enough (?:storage|disk|space)|insufficient (?:disk|storage|system storage|space)|disk (?:quota|full)|no space left|storage limit|size limit for (?:the )?(?:user|mailbox)|bo[iî]te (?:aux lettres |de r[ée]ception )?(?:est )?pleine|postfach (?:ist )?voll|casella (?:di posta )?piena|buz[oó]n (?:est[aá] )?lleno|caixa (?:postal|de correio) cheia|邮箱.{0,6}满|容量不足|صندوق.{0,30}پر/i,
    samples: [
      '552 <user@example.org>: Recipient address rejected: Mailbox quota exceeded',
      'user@example.org mailbox is full',
      '550 User mailbox exceeds allowed size: user@example.org',
      '554 5.0.0 Das Postfach ist voll',
      '552 La boîte aux lettres est pleine',
      'صندوق پستی گیرنده پر است',
    ],
  },
  {
    class: 'message-too-large',
    text: /message (?:size |length |is |was )*(?:too (?:big|large|long)|exceed)|size exceeds|exceeds (?:the )?(?:maximum|max|fixed|size|administrative)|too (?:big|large) (?:a )?message|message file too big|exceeded (?:the )?maximum (?:inbound )?message size/i,
    samples: [
      '552 Message size exceeds maximum permitted',
      '554 5.0.0 message too large',
      "523 the message size exceeds the recipient's size limit",
    ],
  },
  {
    class: 'inactive-mailbox',
    text: /(?:account|mailbox|user|address|recipient)\b.{0,40}\b(?:disabled|inactive|suspended|deactivated|deactivate|expired|terminated|locked|closed|not active|blocked by administrator|discontinued|frozen)|no longer (?:active|in use|available|used|with|employed|accept)|(?:has left|no longer works|is no longer)|inactive (?:user|account|mailbox)|disabled (?:user|account|mailbox)|this account (?:has been|is) (?:disabled|closed)|compte (?:d[ée]sactiv|ferm|clos)|konto (?:ist )?(?:deaktiviert|gesperrt)|mailbox unavailable or access denied.{0,20}inactive|حساب.{0,20}غیرفعال/i,
    samples: [
      '554 30 Sorry, your message to user@example.org cannot be delivered. This mailbox is disabled (554.30).',
      '550 5.7.1 account is suspended',
      '550 This user is no longer with the company',
      '550 Account inactive',
      '550 Ce compte désactivé',
      'حساب کاربری این گیرنده غیرفعال است',
    ],
  },
  {
    class: 'bad-domain',
    text: /(?:host|domain) (?:name )?(?:unknown|not found|does(?: not|n't) exist|is invalid|has no (?:mail|mx))|unknown (?:host|domain)|nxdomain|no such (?:host|domain)|name or service not known|null mx|does(?: not|n't) accept (?:any )?mail|(?:unrouteable|unroutable) (?:mail )?domain|non-?existent domain|couldn't find any host (?:named|by that name)/i,
    samples: [
      '550 Host unknown (Name server: nowhere.example: host not found)',
      "Sorry, I couldn't find any host named nowhere.example.",
      '556 Domain does not accept mail',
      'all relevant MX records point to non-existent hosts: unrouteable mail domain "nowhere.example"',
    ],
  },
  {
    class: 'invalid-recipient',
    text: /(?:user|recipient|mailbox|address|account|alias)\W{0,3}(?:<?\S{1,320}>? )?(?:is |was |name )?(?:unknown|not found|invalid|unavailable|rejected|not (?:a )?(?:known|valid|listed|exist|recognized|recognised|registered|available|here))|(?:unknown|invalid|bad|illegal|nonexistent|non-existent|unrecognized|no such|undefined) (?:local[- ]part|user|recipient|mailbox|address|account|destination|alias|person|e-?mail)|(?:user|recipient|mailbox|address|account|person|e-?mail|alias)\b.{0,80}(?:does(?: not|n't)|do not|not) exist|(?:does(?: not|n't)|do not|not) (?:have|exist).{0,20}(?:account|mailbox|here)|no (?:mailbox|account|user|recipient)s? (?:here )?by that name|no mail ?box here|not a valid (?:user|mailbox|recipient|address)|isn't a valid|there is no one at this address|not listed in|unrouteable address|delivery is not allowed|addressee unknown|who are you looking for|no existe|usuario (?:desconocido|inexistente|no encontrado)|utilisateur (?:inconnu|inexistant)|(?:adresse|destinataire)(?: d'e-mail)? (?:inconnue?|introuvable|inexistante)|(?:empf[aä]nger|benutzer|adresse|mailbox) .{0,30}(?:unbekannt|existiert nicht|nicht gefunden)|utente (?:sconosciuto|non trovato)|usu[aá]rio (?:desconhecido|inexistente|n[aã]o)|(?:用户|邮箱|收件人).{0,80}(?:不存在|未找到)|宛先.{0,20}(?:存在し|見つかり)ません|(?:گیرنده|کاربر|نشانی|آدرس).{0,30}(?:وجود ندارد|یافت نشد|پیدا نشد)|(?:пользовател|адрес|получател).{0,30}(?:не (?:найден|существует|зарегистрирован))/i,
    samples: [
      '550 User unknown',
      '550 No such user here',
      '550 Requested action not taken: mailbox unavailable',
      'User ali (ali@example.org) not listed in Domino Directory',
      '550 unrouteable address',
      "554 delivery error: dd This user doesn't have a example.com account (user@example.org)",
      'Sorry, no mailbox here by that name.',
      '550 5.0.0 Empfänger ist unbekannt',
      '550 用户不存在',
      'گیرنده در این سرور وجود ندارد',
      '550 5.7.1 recipient rejected',
    ],
  },
  {
    class: 'spam-content',
    text: /\bspam\b|spammy|unsolicited|\bjunk\b|\bbulk (?:mail|email)|content (?:rejected|filter|policy|not allowed|denied)|rejected (?:due to|because of|for) (?:its |the )?content|virus|malware|phish|suspicious|infected|banned (?:file|attachment|content)|attachment (?:type )?(?:not allowed|rejected|blocked)|blocked (?:attachment|content|url)|\[HM08\]|uribl|surbl|message looks like/i,
    samples: [
      '550 5.7.1 Message content rejected: identified as spam',
      '554 5.7.1 This message has been blocked because it contains a virus',
      '421-4.7.0 This message is suspicious due to the nature of the content or the links within.',
    ],
  },
  {
    class: 'expired',
    text: /(?:message|mail|delivery|it) (?:has |was )?(?:been )?(?:expired|too old|in the queue too long)|delivery time(?:d)? (?:out|expired)|retry time(?:out)? (?:not reached|exceeded)|could not be delivered for|(?:undeliverable|undelivered|not delivered) (?:for|after|within) \d|cannot send message (?:for|within) \d|giving up|too many (?:delivery )?(?:attempts|retries|hops? exceeded)|max(?:imum)? (?:retries|delivery attempts)|been in the queue/i,
    samples: [
      'retry timeout exceeded',
      'Message could not be delivered for 5 days',
      "I'm not going to try again; this message has been in the queue too long.",
      'Cannot send message within 5 days',
    ],
  },
  {
    class: 'dns-failure',
    text: /(?:dns|name ?server|domain) (?:lookup|query|look-up|resolution|error|fail|timed? ?out|temporar)|(?:lookup|resolve) (?:of .{1,80} )?(?:failed|failure|error)|cname lookup failed|no mx|mx (?:record|lookup)|temporary (?:lookup|dns|name)|could(?: not|n't) resolve|all relevant MX records/i,
    samples: ['451 DNS temporary failure', 'CNAME lookup failed temporarily.', 'host lookup failed: could not resolve mx.example.org'],
  },
  {
    class: 'no-answer',
    text: /connection (?:timed ?out|refused|reset|was (?:refused|dropped|closed)|closed|lost|dropped|failed|error)|lost connection|timed? ?out|timeout|no route to host|network (?:is )?unreachable|host (?:is )?(?:unreachable|down)|(?:can't|could(?: not|n't)|unable to|cannot) (?:connect|establish|reach|contact)|not respond|no answer|service (?:temporarily )?unavailable|server (?:is )?(?:too )?busy|unable to contact/i,
    samples: [
      'connect to mx.example.org[192.0.2.1]:25: Connection timed out',
      'Sorry, I was unable to establish an SMTP connection.',
      '421 Service unavailable - try again later',
    ],
  },
  {
    class: 'policy',
    text: /policy|polic(?:ies|y)|administrative(?:ly)? (?:prohibit|den|reject)|not (?:allowed|permitted|authori[sz]ed|accept)|access denied|prohibited|forbidden|rate[- ]?limit|throttl|too many|grey-?list|slow down|try again later|deferred|denied|refus/i,
    samples: [
      '554 5.7.1 Message rejected due to local policy.',
      '450 4.2.0 <user@example.org>: Greylisted, try again in five minutes',
      '550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to the recipient because the sender is not on the list',
      '451 4.7.1 Throttled: slow down',
    ],
  },
];

/** What the codes alone say, when nothing more precise was found. */
const vagueCodes: readonly ReplyRule[] = [
  { class: 'invalid-recipient', enhanced: /^1\./, samples: ['550 5.1.0 Address problem'] },
  { class: 'invalid-recipient', enhanced: /^2\./, samples: ['550 5.2.0 Mailbox problem'] },
  { class: 'dns-failure', enhanced: /^4\.[34]/, samples: ['450 4.4.30 routing server'] },
  { class: 'no-answer', enhanced: /^4\./, samples: ['451 4.4.0 Temporary problem on the route'] },
  { class: 'protocol', enhanced: /^[56]\./, samples: ['554 5.5.0 Bad sequence', '554 5.6.0 Message content problem'] },
  { class: 'policy', enhanced: /^7\./, samples: ['550 5.7.1 No'] },
  { class: 'message-too-large', codes: [552, 523], samples: ['552 Transaction aborted'] },
  { class: 'bad-domain', codes: [556, 521], samples: ['521 example.org', '556 No'] },
  { class: 'mailbox-full', codes: [422, 452], samples: ['452 Later'] },
  { class: 'invalid-recipient', codes: [550, 551, 553, 511], samples: ['550 No', '551 Elsewhere', '553 No'] },
  { class: 'no-answer', codes: [421, 441, 442, 447], samples: ['421 Bye'] },
  { class: 'authentication', codes: [530, 534, 535, 538], samples: ['535 No'] },
  { class: 'protocol', codes: [500, 501, 502, 503, 504, 555], samples: ['500 What?', '503 Not now', '555 No such parameter'] },
];

/** In the order of looking: the most specific first. */
export const replyRules: readonly ReplyRule[] = [...dialects, ...exactCodes, ...words, ...vagueCodes];
