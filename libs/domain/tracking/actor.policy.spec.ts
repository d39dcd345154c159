import { describe, expect, it } from 'vitest';
import { Actor, EventKind } from '#base/contracts';
import { type Observation, judgeActor } from './actor.policy.js';

const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148';
const seen = (more: Partial<Observation> = {}): Observation => ({
  kind: EventKind.open,
  method: 'GET',
  userAgent: iphone,
  sinceDeliveryMs: 3_600_000,
  linksInBurst: 1,
  linksInMessage: 8,
  ...more,
});

describe('an open', () => {
  it('by a phone an hour later is a person', () => expect(judgeActor(seen()).actor).toBe(Actor.human));
  it('through the image proxy of a webmail is a person, even at once', () => {
    const gmail = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)';
    expect(judgeActor(seen({ userAgent: gmail, sinceDeliveryMs: 500 })).actor).toBe(Actor.human);
  });
  it('through the privacy proxy is a machine, however late', () =>
    expect(judgeActor(seen({ userAgent: 'Mozilla/5.0' })).actor).toBe(Actor.machine));
  it('within moments of delivery is a machine', () => expect(judgeActor(seen({ sinceDeliveryMs: 300 })).actor).toBe(Actor.machine));
  it('before the delivery is recorded is not held against a person', () =>
    expect(judgeActor(seen({ sinceDeliveryMs: undefined })).actor).toBe(Actor.human));
});

describe('a click', () => {
  const click = (more: Partial<Observation>) => judgeActor(seen({ kind: EventKind.click, ...more }));
  it('on one link by a phone is a person', () => expect(click({}).actor).toBe(Actor.human));
  it('on three links at once is a scanner', () =>
    expect(click({ linksInBurst: 3 })).toMatchObject({ actor: Actor.machine, reason: expect.stringContaining('3 links') }));
  it('on both links of a short mail at once is a scanner', () =>
    expect(click({ linksInBurst: 2, linksInMessage: 2 }).actor).toBe(Actor.machine));
  it('on the only link of a mail is a person', () => expect(click({ linksInBurst: 1, linksInMessage: 1 }).actor).toBe(Actor.human));
  it.each([
    'curl/8.0',
    'python-requests/2.31',
    'Barracuda Sentinel (EE)',
    'Mozilla/5.0 (compatible; Googlebot/2.1)',
    'Mozilla/5.0 HeadlessChrome/120',
    '',
  ])('by "%s" is a machine', (userAgent) => expect(click({ userAgent }).actor).toBe(Actor.machine));
  it('by HEAD is a machine', () => expect(click({ method: 'HEAD' }).actor).toBe(Actor.machine));
});
