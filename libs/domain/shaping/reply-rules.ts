/** What a lane does about a reply. Durations in minutes, before any time scale. */
export type LaneAction =
  /** Half the rate at once, held, then creeping up. */
  | { readonly kind: 'slow' }
  /** No more than `perMinute` for a while. */
  | { readonly kind: 'rate'; readonly perMinute: number; readonly minutes: number }
  /** One connection, no more, for a while. */
  | { readonly kind: 'one-connection'; readonly minutes: number }
  | { readonly kind: 'suspend'; readonly minutes: number }
  /** As suspend, and meanwhile the other sources of the pool take the lane's mail. */
  | { readonly kind: 'switch-source'; readonly minutes: number };

export interface ReplyRule {
  /** Providers it holds for; absent: all. */
  readonly providers?: readonly string[];
  /** Of the basic code: `4` for any 4yz, or the whole code. */
  readonly code: 4 | 5 | 421 | 450 | 451 | 452 | 550 | 552 | 553 | 554;
  /** The enhanced code (RFC 3463) must begin so. */
  readonly enhanced?: string;
  /** The provider's own token or words; absent: codes alone decide. */
  readonly text?: RegExp;
  readonly action?: LaneAction;
  /** The action waits for so many such replies within an hour; absent: the first one. */
  readonly afterPerHour?: number;
  /** A real reply that must match: the spec runs every one. */
  readonly sample: string;
}

const slow: LaneAction = { kind: 'slow' };
const suspend = (minutes: number): LaneAction => ({ kind: 'suspend', minutes });
const rate = (perMinute: number, minutes: number): LaneAction => ({ kind: 'rate', perMinute, minutes });
const oneConnection = (minutes: number): LaneAction => ({ kind: 'one-connection', minutes });

const microsoft = ['outlook-consumer', 'microsoft365'];

/**
 * What large providers say, in the order of looking: codes and tokens first, because the words around them change.
 * The first rule that matches decides what the lane does. Why mail was refused is #protocol/dsn's to say.
 */
export const replyRules: readonly ReplyRule[] = [
  // Google. 4.2.1 is about one mailbox: its message waits, the lane does not.
  {
    providers: ['google'],
    code: 450,
    enhanced: '4.2.1',
    sample:
      '450-4.2.1 The user you are trying to contact is receiving email at a rate that prevents additional messages from being delivered.',
  },
  {
    providers: ['google'],
    code: 421,
    enhanced: '4.7.28',
    action: slow,
    sample:
      '421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your DKIM domain [example.com 15]. To protect our users from spam, mail sent from your domain has been temporarily rate limited.',
  },
  {
    providers: ['google'],
    code: 4,
    enhanced: '4.7.0',
    text: /unusual rate|this message|try again later/i,
    action: slow,
    sample:
      '421-4.7.0 This message is suspicious due to the nature of the content or the links within. To best protect our users from spam, the message has been blocked.',
  },
  {
    providers: ['google'],
    code: 4,
    enhanced: '4.7.2',
    action: slow,
    sample:
      '421-4.7.26 Your email has been rate limited because it is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.',
  },
  {
    providers: ['google'],
    code: 550,
    enhanced: '5.7.28',
    action: suspend(60),
    afterPerHour: 5,
    sample: '550-5.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.',
  },
  {
    providers: ['google'],
    code: 550,
    enhanced: '5.7.1',
    text: /unsolicited|spam/i,
    action: suspend(60),
    afterPerHour: 5,
    sample:
      '550-5.7.1 Gmail has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked.',
  },

  // Yahoo and AOL: the token in brackets says how long.
  {
    providers: ['yahoo'],
    code: 4,
    text: /\[TSS05\]|\[IPTS05\]/,
    action: suspend(240),
    sample:
      '421 4.7.0 [TSS05] Messages from 192.0.2.1 permanently deferred due to excessive user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
  },
  {
    providers: ['yahoo'],
    code: 4,
    text: /\[TSS04\]|\[IPTS04\]/,
    action: suspend(120),
    afterPerHour: 2,
    sample:
      '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
  },
  {
    providers: ['yahoo'],
    code: 4,
    text: /\[TS02\]/,
    action: rate(1, 30),
    afterPerHour: 3,
    sample: '421 4.7.0 [TS02] Messages from 192.0.2.1 temporarily deferred due to user complaints - 4.16.55.1',
  },
  {
    providers: ['yahoo'],
    code: 4,
    text: /\[TS03\]/,
    action: rate(10, 30),
    afterPerHour: 3,
    sample: '421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.',
  },
  {
    providers: ['yahoo'],
    code: 553,
    text: /\[BL\d*\]/,
    action: suspend(120),
    afterPerHour: 5,
    sample: "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list",
  },
  {
    providers: ['yahoo'],
    code: 4,
    text: /max(?:imum)? message per connection/i,
    action: rate(10, 60),
    afterPerHour: 3,
    sample: '421 Max message per connection reached, closing transmission channel',
  },
  {
    providers: ['yahoo-japan'],
    code: 4,
    text: /VS98-IP0|\[TSS04\]|\[IPTS04\]/,
    action: suspend(60),
    afterPerHour: 2,
    sample: '421 4.7.0 VS98-IP0 deferred - see http://example.yahoo.co.jp',
  },

  // Microsoft: Snnnn and the enhanced code.
  {
    providers: microsoft,
    code: 550,
    text: /S3150|S3140/,
    action: suspend(120),
    afterPerHour: 5,
    sample:
      "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
  },
  {
    providers: microsoft,
    code: 4,
    text: /S3115/,
    action: oneConnection(60),
    afterPerHour: 2,
    sample: '451 4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections. (S3115)',
  },
  {
    providers: microsoft,
    code: 421,
    enhanced: '4.3.2',
    action: oneConnection(60),
    afterPerHour: 2,
    sample:
      '421 4.3.2 The maximum number of concurrent server connections has exceeded a limit per resource forest, closing transmission channel',
  },
  {
    providers: microsoft,
    code: 451,
    enhanced: '4.7.500',
    action: suspend(30),
    afterPerHour: 5,
    sample: '451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)',
  },
  {
    providers: microsoft,
    code: 4,
    text: /temporarily rate limited|S775|RP-001/i,
    action: slow,
    sample:
      '451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. For e-mail delivery information see https://postmaster.live.com (S775)',
  },
  {
    providers: microsoft,
    code: 4,
    text: /Access denied, please try again later/i,
    action: suspend(60),
    afterPerHour: 5,
    sample: '451 4.7.1 Access denied, please try again later',
  },
  {
    providers: microsoft,
    code: 550,
    enhanced: '5.7.6',
    text: /banned sending IP/i,
    action: suspend(120),
    afterPerHour: 5,
    sample:
      '550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://sender.office.com/',
  },

  // Apple
  {
    providers: ['icloud'],
    code: 4,
    text: /\[BS02\]|\[HCM1\]|service unavailable/i,
    action: suspend(15),
    afterPerHour: 3,
    sample: '421 4.7.1 [HCM1] Service unavailable - try again later',
  },

  // Europe's large ones
  {
    providers: ['gmx'],
    code: 4,
    text: /too many connections/i,
    action: oneConnection(30),
    sample: '421 gmx.net Service closing transmission channel, too many connections',
  },
  {
    providers: ['gmx'],
    code: 554,
    text: /policy (?:restrictions|violations?)|bad dns ptr/i,
    action: rate(1, 60),
    afterPerHour: 5,
    sample: '554 Transaction failed. Reject due to policy restrictions. For explanation visit https://postmaster.gmx.net/en/error-messages',
  },
  {
    providers: ['orange'],
    code: 4,
    text: /trop de connexions|OFR_?00[45]|too many connections/i,
    action: oneConnection(60),
    sample: '421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104',
  },
  {
    providers: ['orange'],
    code: 4,
    text: /service refuse|OFR_?006|OFR_?999/i,
    action: suspend(60),
    afterPerHour: 2,
    sample: '421 4.7.0 Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR006_203',
  },

  // Comcast, Mimecast
  {
    providers: ['comcast'],
    code: 4,
    text: /RL0000(?:10|0[1-9])/,
    action: slow,
    sample: '421 4.1.0 192.0.2.1 Throttled - try again later. Please see https://postmaster.comcast.net/smtp-error-codes.php#RL000001',
  },
  {
    providers: ['mimecast'],
    code: 451,
    text: /internal resources? (?:is |are )?temporarily unavailable/i,
    action: suspend(30),
    afterPerHour: 3,
    sample: '451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451',
  },

  // Anybody
  {
    code: 4,
    text: /grey-?list/i,
    sample: '450 4.2.0 <user@example.org>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.org.html',
  },
  {
    code: 4,
    text: /too many connections|concurrent (?:server )?connections|connection limit/i,
    action: oneConnection(10),
    sample: '421 4.7.0 mx.example.org Error: too many connections from 192.0.2.1',
  },
  {
    code: 4,
    text: /rate[ -]?limit|throttl|too many (?:messages|mails|emails)|unusual rate|slow down|temporarily deferred|server busy|sending too fast|volume/i,
    action: slow,
    sample: '451 4.7.1 Throttled: you are sending too many messages, slow down',
  },
  {
    code: 5,
    text: /spamhaus|spamcop|barracudacentral|sorbs|block ?list|blacklist|dnsbl|\brbl\b/i,
    action: suspend(60),
    afterPerHour: 10,
    sample: '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
  },
];
