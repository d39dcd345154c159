import { describe, expect, it } from 'vitest';
import { Outcome } from '#base/contracts';
import { classifyReply } from './classify-reply.js';
import { sesReplyRules } from './ses-reply-rules.js';

describe('what Amazon SES says', () => {
  it.each(sesReplyRules.map((rule, ruleId) => [rule.sample, ruleId] as const))('%s is understood by its own rule', (sample, ruleId) => {
    const code = Number(sample.slice(0, 3));
    const verdict = classifyReply({ code, text: sample.slice(4), provider: 'amazon-ses' });
    expect(verdict).toMatchObject({
      outcome: code < 500 ? Outcome.deferred : Outcome.bounced,
      lane: { ruleId, action: sesReplyRules[ruleId]!.action },
    });
  });

  it('is no rule for anybody else', () => {
    expect(
      classifyReply({ code: 454, text: 'Throttling failure: Daily message quota exceeded', provider: 'default' }).lane?.action.kind,
    ).not.toBe('suspend');
  });
});
