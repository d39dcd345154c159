import { describe, expect, it } from 'vitest';
import { fromMailgun } from './mailgun.js';
import { fromPostmark } from './postmark.js';
import { fromSendGrid } from './sendgrid.js';
import { labels, mailboxOf, splitMailboxes } from './split-mailboxes.js';

it('parts lists of mailboxes at commas that are none of a name', () => {
  expect(splitMailboxes('a@x.org, "B, C" <b@x.org>,"\\", d" <d@x.org>,, ')).toEqual(['a@x.org', '"B, C" <b@x.org>', '"\\", d" <d@x.org>']);
  expect(splitMailboxes(undefined)).toEqual([]);
  expect(mailboxOf({ email: 'a@x.org', name: 'A "B" \\ C' })).toBe('"A \\"B\\" \\\\ C" <a@x.org>');
});

it('keeps labels that are no tags as metadata', () => {
  expect(labels('tag', ['ok', 'not ok', 'é'])).toEqual({ tags: [{ name: 'tag', value: 'ok' }], metadata: { tag_1: 'not ok', tag_2: 'é' } });
});

describe('Mailgun', () => {
  const form = (fields: [string, string][]) => ({
    fields: [['from', 'a@x.org'], ['to', 'b@x.org, c@x.org'], ...fields] as [string, string][],
    files: [],
  });

  it('fills recipient variables by recipient, and leaves unknown ones alone', () => {
    const requests = fromMailgun(
      form([
        ['text', '%recipient% %recipient.n% %recipient.constructor%'],
        ['recipient-variables', '{"b@x.org":{"n":1}}'],
      ]),
    );
    expect(requests.map(({ to, text }) => ({ to, text }))).toEqual([
      { to: ['b@x.org'], text: 'b@x.org 1 %recipient.constructor%' },
      { to: ['c@x.org'], text: 'c@x.org %recipient.n% %recipient.constructor%' },
    ]);
  });

  it.each([
    ['unheard-of', 'x'],
    ['recipient-variables', '[1]'],
    ['t:variables', '{'],
    ['o:deliverytime', 'soon'],
  ] as [string, string][])('reports %s', (name, value) =>
    expect(() => fromMailgun(form([[name, value]]))).toThrow(expect.objectContaining({ code: 'message_invalid' })),
  );
});

describe('SendGrid', () => {
  it('makes a message of each personalization, with its own subject, time and substitutions', () => {
    const [first, second] = fromSendGrid({
      personalizations: [
        { to: [{ email: 'a@x.org' }], substitutions: { '-name-': '$& Ann' }, send_at: 1_800_000_000 },
        { to: [{ email: 'b@x.org' }], subject: 'Own', from: { email: 'other@x.org' } },
      ],
      from: { email: 'me@x.org', name: 'Me' },
      subject: 'Hello -name-',
      content: [{ type: 'text/plain', value: 'Dear -name-' }],
    });
    expect(first).toMatchObject({
      from: '"Me" <me@x.org>',
      subject: 'Hello $& Ann',
      text: 'Dear $& Ann',
      scheduled_at: '2027-01-15T08:00:00.000Z',
    });
    expect(second).toMatchObject({ from: 'other@x.org', subject: 'Own', text: 'Dear -name-' });
  });
});

it('Postmark: counts only what it is told to count', () => {
  expect(fromPostmark({ From: 'a@x.org', To: 'b@x.org', Subject: 's', TextBody: 't' }).tracking).toEqual({ opens: false, clicks: false });
  expect(fromPostmark({ From: 'a@x.org', To: 'b@x.org', Subject: 's', TrackOpens: true, TrackLinks: 'HtmlOnly' }).tracking).toEqual({
    opens: true,
    clicks: true,
  });
});
