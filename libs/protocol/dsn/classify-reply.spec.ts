import { describe, expect, it } from 'vitest';
import { bounceClasses } from '#base/contracts';
import { classifyReply, extractCodes, findReplyRule } from './classify-reply.js';
import { replyRules } from './reply-rules.js';

const facts = (reply: string) => {
  const { smtpCode, enhancedCode } = extractCodes(reply);
  return { code: smtpCode, enhanced: enhancedCode, text: reply };
};

describe('each sample is recognised by its own rule', () => {
  const samples = replyRules.flatMap((rule) => rule.samples.map((sample) => [sample, rule] as const));
  it.each(samples)('%s', (sample, rule) => {
    const found = findReplyRule(facts(sample));
    expect(found && `${found.class}: ${found.text ?? found.enhanced ?? found.codes}`).toBe(
      `${rule.class}: ${rule.text ?? rule.enhanced ?? rule.codes}`,
    );
  });
});

it('has a rule for every class but the one that says nothing', () => {
  expect([...new Set(replyRules.map((rule) => rule.class))].sort()).toEqual(bounceClasses.filter((name) => name !== 'other').toSorted());
});

it('takes the enhanced code over the basic one, and class 4 as not for good', () => {
  expect(classifyReply({ code: 550, enhanced: '4.2.2', text: '' })).toEqual({ permanent: false, class: 'mailbox-full' });
  expect(classifyReply({ code: 450, text: 'mailbox full' })).toEqual({ permanent: false, class: 'mailbox-full' });
  expect(classifyReply({ text: 'something nobody ever said' })).toEqual({ permanent: true, class: 'other' });
});

it('finds codes where they stand, and none in addresses and versions', () => {
  expect(extractCodes('smtp; 550-5.1.1 The email account')).toEqual({ smtpCode: 550, enhancedCode: '5.1.1' });
  expect(extractCodes('Sorry, no mailbox here by that name. (#5.1.1)')).toEqual({ enhancedCode: '5.1.1' });
  expect(extractCodes('connect to 5.1.1.7: refused')).toEqual({});
  expect(extractCodes('host mx.example.org [192.0.2.1]: 550 No such user')).toEqual({ smtpCode: 550 });
  expect(extractCodes('http://help.example.org/550 says nothing')).toEqual({});
});

// A pattern that looks at the same characters again and again takes minutes over this, and runs into the time limit of the test.
it.each([
  'user ',
  'mailbox ',
  'exceeded ',
  'over the ',
  'account is ',
  ' ',
  '\t',
  'ip address ',
  'recipient <',
  'connection from ',
  'a',
  '5.',
  '550-',
])('reads 200,000 characters of "%s" with every pattern', (piece) => {
  const text = piece.repeat(200_000 / piece.length);
  for (const rule of replyRules) rule.text?.test(text);
  expect(classifyReply({ text }).permanent).toBe(true);
  expect(extractCodes(text).enhancedCode).toBeUndefined();
});
