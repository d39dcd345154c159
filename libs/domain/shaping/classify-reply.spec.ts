import { describe, expect, it } from 'vitest';
import { Outcome } from '#base/contracts';
import { classifyReply as classify } from './classify-reply.js';
import { enhancedCodeOf } from './enhanced-code.js';
import type { ReplyFacts } from './reply-rules.js';
import { defaultTrafficShaping } from './shaping-file.js';

const { rules: replyRules } = defaultTrafficShaping();
const classifyReply = (facts: ReplyFacts, rules = replyRules) => classify(facts, rules);

function facts(line: string, provider = 'default') {
  return { code: Number(line.slice(0, 3)), enhanced: enhancedCodeOf(line), text: line.slice(4), provider };
}

describe('every rule', () => {
  it.each(replyRules.map((rule, id) => ({ id, rule, sample: rule.sample })))('$id fires on its own sample: $sample', ({ rule, sample }) => {
    const provider = rule.providers?.[0] ?? 'default';
    const verdict = classifyReply(facts(sample, provider));
    if (sample.startsWith('5')) expect(['spam-block', 'spam-content', 'policy', 'authentication', 'other']).toContain(verdict.bounceClass);
    else expect(verdict.bounceClass).toBeUndefined();
    expect(verdict.lane?.action).toEqual(rule.action);
    if (rule.action) expect(classifyReply(facts(sample, provider), [rule]).lane?.ruleId).toBe(0);
  });
});

describe('without a rule', () => {
  it.each([
    ['250 2.0.0 OK 1700000000 af79cd13be357-7b1 - gsmtp', Outcome.delivered, undefined],
    ['550 5.1.1 <a@example.org> here is nobody', Outcome.bounced, 'invalid-recipient'],
    ['550 5.1.2 host names nothing', Outcome.bounced, 'bad-domain'],
    ['550 5.1.10 null MX', Outcome.bounced, 'bad-domain'],
    ['552 5.3.4 larger than we take', Outcome.bounced, 'message-too-large'],
    ['554 5.6.0 the form of it', Outcome.bounced, 'protocol'],
    ['554 5.7.1 we would rather not', Outcome.bounced, 'policy'],
    ['550 nobody here', Outcome.bounced, 'invalid-recipient'],
    ['554 no', Outcome.bounced, 'other'],
    ['501 syntax', Outcome.bounced, 'protocol'],
    ['450 4.2.0 later', Outcome.deferred, undefined],
    ['421 closing', Outcome.deferred, undefined],
  ])('%s is judged by its codes', (line, outcome, bounceClass) => {
    const verdict = classifyReply(facts(line));
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.bounceClass).toBe(bounceClass);
  });

  it('a 4xx about one mailbox leaves the lane alone', () => {
    expect(classifyReply(facts('452 4.2.2 The email account that you tried to reach is over quota', 'google')).lane).toBeUndefined();
  });

  it('421 slows the lane only when it comes again and again', () => {
    expect(classifyReply(facts('421 closing')).lane).toEqual({ action: { kind: 'slow' }, afterPerHour: 3, ruleId: -1 });
  });

  it('any other 4xx counts towards slowing the lane, unless it is about an address or known', () => {
    expect(classifyReply(facts('451 please wait')).lane).toEqual({ action: { kind: 'slow' }, afterPerHour: 20, ruleId: -3, share: 0.1 });
    for (const line of ['450 4.2.0 mailbox busy', '451 4.1.8 sender domain', '450 4.7.1 Greylisted'])
      expect(classifyReply(facts(line)).lane).toBeUndefined();
  });
});

it('what Amazon SES says is a rule for nobody else, and rules for all are none for it', () => {
  const quota = '454 Throttling failure: Daily message quota exceeded';
  expect(classifyReply(facts(quota, 'amazon-ses')).lane).toMatchObject({ rule: 'amazon-ses-daily', action: { kind: 'suspend' } });
  expect(classifyReply(facts(quota)).lane?.action.kind).not.toBe('suspend');
  expect(classifyReply(facts('450 4.7.1 slow down', 'amazon-ses')).lane?.rule).toBeUndefined();
});
