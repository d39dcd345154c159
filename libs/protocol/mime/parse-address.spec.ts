import { describe, expect, it } from 'vitest';
import { addressKey, parseAddress, tryParseAddress } from './parse-address.js';

describe('an address', () => {
  it.each([
    ['user@example.org', 'user@example.org'],
    [' User.Name+tag@Example.ORG ', 'User.Name+tag@example.org'],
    ['Sara Moradi <sara@example.org>', 'sara@example.org'],
    ['"Moradi, Sara" <sara@example.org>', 'sara@example.org'],
    ['user@مثال.example', 'user@xn--mgbh0fb.example'],
    ['"john doe"@example.org', '"john doe"@example.org'],
    ['کاربر@example.org', 'کاربر@example.org'],
  ])('%s is taken as %s', (text, expected) => expect(parseAddress(text).address).toBe(expected));

  it.each([
    ['', 'it is empty'],
    ['user', 'it has no @'],
    ['@example.org', 'nothing stands before the @'],
    ['user@', 'nothing stands after the @'],
    ['a@b@example.org', 'more than one @'],
    ['a b@example.org', 'it holds a space'],
    ['.a@example.org', 'a dot stands'],
    ['a..b@example.org', 'a dot stands'],
    ['a@example', 'no dot'],
    ['a@example.org.', 'a dot stands'],
    ['a@[127.0.0.1]', 'by number'],
    ['a@127.0.0.1', 'ends in a number'],
    ['a@exa mple.org', 'space'],
    ['a@b.org, c@d.org', 'more than one @'],
    ['a@b.org,c@d.org', 'more than one @'],
    ['<@relay.org:a@b.org>', 'more than one @'],
    ['a@b.org\r\nRCPT TO:<x@y.org>', 'line break'],
    ['a@b.org\0', 'invisible'],
    ['x(comment)@example.org', 'cannot have'],
    ['team: a@b.org;', 'space'],
    ['‮a@b.org', 'invisible'],
    [`${'a'.repeat(65)}@example.org`, 'longer than 64'],
    [`a@${'b'.repeat(64)}.org`, 'not a domain name'],
    ['a@-b.org', 'not a domain name'],
  ])('%j is refused because %s', (text, reason) =>
    expect(tryParseAddress(text)).toMatchObject({ ok: false, reason: expect.stringContaining(reason) }),
  );

  it('has one key whatever its case, and needs SMTPUTF8 only for its local part', () => {
    expect(addressKey(parseAddress('SARA@Example.org'))).toBe('sara@example.org');
    expect(parseAddress('user@مثال.example').needsSmtpUtf8).toBe(false);
    expect(parseAddress('کاربر@example.org').needsSmtpUtf8).toBe(true);
  });

  it('is judged in linear time however hostile', () => {
    for (const text of ['<'.repeat(100_000), '"\\'.repeat(100_000), `${'a.'.repeat(100_000)}@b.c`, '@'.repeat(100_000)])
      expect(tryParseAddress(text).ok).toBe(false);
  });
});
