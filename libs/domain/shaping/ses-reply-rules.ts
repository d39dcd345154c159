import type { ReplyRule } from './reply-rules.js';

/** What Amazon SES says at its SMTP endpoint ("Amazon SES SMTP response codes"), in place of what MX hosts of others would mean by it. */
export const sesReplyRules: readonly ReplyRule[] = [
  {
    code: 4,
    text: /daily (message|sending) quota exceeded/i,
    action: { kind: 'suspend', minutes: 60 },
    sample: '454 Throttling failure: Daily message quota exceeded',
  },
  {
    code: 4,
    text: /maximum sending rate exceeded/i,
    action: { kind: 'slow' },
    sample: '454 Throttling failure: Maximum sending rate exceeded',
  },
  {
    code: 421,
    text: /too many concurrent smtp connections/i,
    action: { kind: 'one-connection', minutes: 5 },
    sample: '421 Too many concurrent SMTP connections',
  },
  {
    code: 554,
    text: /sending (is )?(paused|suspended)|account .*(paused|suspended)/i,
    action: { kind: 'suspend', minutes: 240 },
    sample: '554 Message rejected: Sending paused for this account. For more information, please check the inbox of the email address',
  },
  {
    code: 554,
    text: /(email )?address(es)? (is|are) not verified/i,
    action: { kind: 'suspend', minutes: 60 },
    afterPerHour: 5,
    sample:
      '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: a@example.org',
  },
];
