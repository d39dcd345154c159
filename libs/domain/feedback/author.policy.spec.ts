import { describe, expect, it } from 'vitest';
import type { AuthenticationResult, DmarcSignal, ReceptionSignals } from '#base/contracts';
import { type DmarcHandling, authorStanding, isJunkForDmarc, refusesForDmarc } from './author.policy.js';
import { receptionOf } from './feedback.fixture.js';

const dkim = (result: AuthenticationResult, isAligned = true, coversBody = true) => [
  { result, domain: 'example.net', selector: 's', isAligned, coversBody },
];
const dmarc = (result: AuthenticationResult, policy: DmarcSignal['policy'] = null, isSpfAligned = false) => ({
  result,
  policy,
  isSpfAligned,
});

describe('whose a message is', () => {
  it.each([
    ['DMARC by a signature', { dmarc: dmarc('pass', 'reject'), dkim: dkim('pass') }, 'proved'],
    ['DMARC by the address of the server', { dmarc: dmarc('pass', 'none', true), dkim: [] }, 'proved'],
    ['an aligned signature without any policy', { dmarc: dmarc('none'), dkim: dkim('pass') }, 'proved'],
    ['a signature to which anybody may add', { dmarc: dmarc('pass', 'reject'), dkim: dkim('pass', true, false) }, 'unknown'],
    ['somebody else’s signature', { dmarc: dmarc('none'), dkim: dkim('pass', false) }, 'unknown'],
    ['nothing at all', { dmarc: dmarc('none'), dkim: [] }, 'unknown'],
    ['silent name servers', { dmarc: dmarc('temperror'), dkim: dkim('temperror') }, 'unknown'],
    ['DMARC that fails, whatever the policy', { dmarc: dmarc('fail', 'none'), dkim: [] }, 'contradicted'],
    [
      'SPF that says no, without a policy',
      { dmarc: dmarc('none'), dkim: [], spf: { result: 'fail', domain: 'example.net' } },
      'contradicted',
    ],
    ['SPF that doubts', { dmarc: dmarc('none'), dkim: [], spf: { result: 'softfail', domain: 'example.net' } }, 'unknown'],
    ['two authors', { dmarc: dmarc('permerror'), dkim: dkim('pass') }, 'contradicted'],
  ] as [string, Parameters<typeof receptionOf>[0], string][])('%s', (_, facts, expected) => {
    expect(authorStanding(receptionOf(facts))).toBe(expected);
  });

  it('where nobody asked is not known', () => expect(authorStanding(null)).toBe('unknown'));
});

describe('what is done about it', () => {
  const failed = (policy: DmarcSignal['policy']): ReceptionSignals => receptionOf({ dmarc: dmarc('fail', policy) });
  it.each([
    ['monitor', 'reject', false, false],
    ['quarantine', 'reject', false, true],
    ['quarantine', 'quarantine', false, true],
    ['quarantine', 'none', false, false],
    ['reject', 'reject', true, true],
    ['reject', 'quarantine', false, true],
    ['reject', 'none', false, false],
  ] as [DmarcHandling, DmarcSignal['policy'], boolean, boolean][])(
    '%s, where the domain asks for %s: refused %s, junk %s',
    (handling, policy, refused, junk) => {
      expect([refusesForDmarc(failed(policy), handling), isJunkForDmarc(failed(policy), handling)]).toEqual([refused, junk]);
    },
  );

  it('two authors are junk, and a domain that cannot be asked is not', () => {
    expect(isJunkForDmarc(receptionOf({ dmarc: dmarc('permerror') }), 'quarantine')).toBe(true);
    expect(isJunkForDmarc(receptionOf({ dmarc: dmarc('temperror') }), 'reject')).toBe(false);
    expect(isJunkForDmarc(null, 'reject')).toBe(false);
  });
});
