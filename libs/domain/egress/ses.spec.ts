import { expect, it } from 'vitest';
import { sesEndpoint, sesSmtpPassword } from './ses.js';

// Published test values of other implementations of the documented derivation.
it.each([
  ['eu-central-1', 'some+secret+key', 'BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2'],
  ['eu-central-1', 'another+secret+key', 'BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh'],
  ['us-west-1', 'some+secret+key', 'BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj'],
  ['us-west-1', 'another+secret+key', 'BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF'],
])('the SMTP password of a key in %s is the documented one', (region, secret, password) => {
  expect(sesSmtpPassword(secret, region)).toBe(password);
});

it('the endpoint is that of the region', () => {
  expect(sesEndpoint('eu-west-1')).toBe('email-smtp.eu-west-1.amazonaws.com');
  expect(sesEndpoint('cn-north-1')).toBe('email-smtp.cn-north-1.amazonaws.com.cn');
});
