import { isFreeMail } from './free-mail.js';
import type { Rule } from './rule.js';

/** What the reception told: authentication, names, reputation. */
export const receptionRules: readonly Rule[] = [
  {
    rule: 'spf-fail',
    points: 1.6,
    sentence: 'The sender’s domain says that this server does not send for it (SPF).',
    test: ({ signals }) => signals.spf === 'fail' && signals.dmarc !== 'pass' && signals.arc !== 'pass',
  },
  {
    rule: 'spf-softfail',
    points: 0.8,
    sentence: 'The sender’s domain doubts that this server sends for it (SPF).',
    test: ({ signals }) => signals.spf === 'softfail' && signals.dmarc !== 'pass' && signals.arc !== 'pass',
  },
  {
    rule: 'dkim-fail',
    points: 0.5,
    sentence: 'Its signature does not fit (DKIM).',
    test: ({ signals }) => signals.dkim === 'fail' && signals.dmarc !== 'pass' && signals.arc !== 'pass',
  },
  {
    rule: 'dmarc-reject',
    points: 4,
    sentence: 'The domain in From disowns it and asks that such mail be refused (DMARC).',
    test: ({ signals }) => signals.dmarc === 'fail' && signals.dmarcPolicy === 'reject' && signals.arc !== 'pass',
  },
  {
    rule: 'dmarc-quarantine',
    points: 3,
    sentence: 'The domain in From disowns it and asks that such mail be set aside (DMARC).',
    test: ({ signals }) => signals.dmarc === 'fail' && signals.dmarcPolicy === 'quarantine' && signals.arc !== 'pass',
  },
  {
    rule: 'dmarc-fail',
    points: 1,
    sentence: 'The domain in From does not vouch for it (DMARC).',
    test: ({ signals }) => signals.dmarc === 'fail' && (signals.dmarcPolicy ?? 'none') === 'none' && signals.arc !== 'pass',
  },
  {
    rule: 'dmarc-pass',
    points: -0.6,
    sentence: 'The domain in From vouches for it (DMARC).',
    test: ({ signals }) => signals.dmarc === 'pass',
  },
  {
    rule: 'unauthenticated',
    points: 0.6,
    sentence: 'Nothing vouches for its sender: neither SPF nor DKIM.',
    test: ({ signals }) =>
      signals.spf !== undefined &&
      signals.spf !== 'pass' &&
      signals.dkim !== 'pass' &&
      signals.dmarc !== 'fail' &&
      signals.dmarc !== 'pass',
  },
  {
    rule: 'free-mail-forged',
    points: 1.5,
    sentence: 'It claims to be from a free provider, which signs all its mail, and is not signed.',
    test: ({ signals, fromDomain }) =>
      signals.dkim !== undefined && signals.dkim !== 'pass' && signals.arc !== 'pass' && signals.spf !== 'pass' && isFreeMail(fromDomain),
  },
  {
    rule: 'reverse-name-none',
    points: 1,
    sentence: 'The address that sent it has no name.',
    test: ({ signals }) => signals.reverseName === 'none',
  },
  {
    rule: 'reverse-name-unconfirmed',
    points: 0.6,
    sentence: 'The name of the address that sent it does not lead back to it.',
    test: ({ signals }) => signals.reverseName === 'unconfirmed',
  },
  {
    rule: 'helo-ours',
    points: 3.5,
    sentence: 'The server that sent it called itself by our name.',
    test: ({ signals }) => signals.helo === 'ours',
  },
  {
    rule: 'helo-invalid',
    points: 1.2,
    sentence: 'The server that sent it gave a name that cannot be one.',
    test: ({ signals }) => signals.helo === 'invalid',
  },
  {
    rule: 'listed',
    points: 2.5,
    sentence: 'A reputation list names the sender or a link.',
    test: ({ signals }) => (signals.listings?.length ?? 0) > 0,
  },
  {
    rule: 'listed-twice',
    points: 2,
    sentence: 'Several reputation lists name the sender or a link.',
    test: ({ signals }) => (signals.listings?.length ?? 0) > 1,
  },
  {
    rule: 'answers-our-mail',
    points: -2.5,
    sentence: 'It came to an address that only a recipient of our mail knows.',
    test: ({ signals }) => signals.isAnswer === true,
  },
];
