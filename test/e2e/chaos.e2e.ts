import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Outcome } from '#base/contracts';
import { type Account, type Campaign, reconcile } from '../chaos/reconcile.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The short version of `npm run chaos -- mta`; the long one is a command of its own. */
it.each(['pg-boss', ...(existsSync('/usr/bin/redis-server') ? ['bull'] : [])])(
  'mail that is sent while processes and PostgreSQL are killed is all accounted for, on %s',
  (transport) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [path.join(root, 'dist', 'test', 'chaos', 'mta.chaos.js'), '--messages', '600', '--kills', '6', '--transport', transport],
      { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
    );
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toMatch(/660 recipients: \d+ delivered/);
  },
);

const account = (recipient: string, more: Partial<Account> = {}): Account => ({
  recipient,
  isBulk: recipient.startsWith('bulk'),
  outcome: Outcome.delivered,
  delivered: 1,
  ambiguous: 0,
  lateBounces: 0,
  ...more,
});
const took = (times: number, ...messageIds: string[]) => ({ times, messageIds: new Set(messageIds.length > 0 ? messageIds : ['<1@x>']) });

const good: Campaign = {
  accounts: [
    account('bulk1@x'),
    account('bulk2@x', { outcome: Outcome.unknown, delivered: 0 }),
    account('bulk3@x', { outcome: Outcome.bounced, delivered: 0 }),
    account('bulk4@x', { lateBounces: 1 }),
    account('order1@x', { ambiguous: 1 }),
  ],
  addressees: { bulk: 4, orders: 1 },
  lateBounces: new Map([['bulk4@x', 1]]),
  taken: new Map([
    ['bulk1@x', took(1)],
    ['bulk2@x', took(1)],
    ['bulk4@x', took(1)],
    ['order1@x', took(2)],
  ]),
  counted: { accepted: 2, bounced: 1, unknown: 1, late_bounced: 1 },
  deaths: [],
  mostAmbiguous: 2,
};
const withTaken = (recipient: string, value: ReturnType<typeof took>) => ({ ...good, taken: new Map(good.taken).set(recipient, value) });
const withAccount = (more: Account) => ({ ...good, accounts: [...good.accounts.filter((a) => a.recipient !== more.recipient), more] });

describe('the reconciliation of a fault run', () => {
  it('accepts a campaign in which every doubt is written down, and lists the repeats', () => {
    const { isGood, text } = reconcile(good);
    expect(text).not.toContain('✗');
    expect(isGood).toBe(true);
    expect(text).toContain('order1@x ×2');
  });

  it.each<[string, Campaign]>([
    ['a loss', { ...good, taken: new Map([...good.taken].filter(([recipient]) => recipient !== 'bulk1@x')) }],
    ['a message without an outcome', withAccount(account('bulk3@x', { outcome: null, delivered: 0 }))],
    ['mail that was taken and recorded as bounced', withTaken('bulk3@x', took(1))],
    ['mail to a stranger', withTaken('who@x', took(1))],
    ['a delivery recorded twice', withAccount(account('bulk1@x', { delivered: 2 }))],
    ['a newsletter that came twice', withTaken('bulk1@x', took(2))],
    ['one repeat more than there were doubts', withTaken('order1@x', took(3))],
    ['a repeat under another name', withTaken('order1@x', took(2, '<1@x>', '<2@x>'))],
    ['a counter that counted twice', { ...good, counted: { ...good.counted, accepted: 3 } }],
    ['a process that crashed', { ...good, deaths: ['mta, with code 1'] }],
    ['a recipient who was forgotten before anything was queued', { ...good, addressees: { bulk: 5, orders: 1 } }],
    ['a recipient who was queued twice', { ...good, accounts: [...good.accounts, account('bulk1@x')], addressees: { bulk: 5, orders: 1 } }],
    ['a late bounce that was lost', withAccount(account('bulk4@x'))],
    ['a late bounce that counted twice', withAccount(account('bulk4@x', { lateBounces: 2 }))],
    ['more doubts than connections', { ...good, mostAmbiguous: 1 }],
  ])('refuses %s', (_what, campaign) => {
    expect(reconcile(campaign).isGood).toBe(false);
  });
});
