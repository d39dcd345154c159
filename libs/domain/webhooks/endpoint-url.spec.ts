import { expect, it } from 'vitest';
import { endpointUrlProblem } from './endpoint-url.js';

const strict = { allowsPrivate: false, ownHosts: ['mail.example.org'] };

it.each([
  ['https://hooks.example.com/chapar?x=1', undefined],
  ['https://hooks.example.com:8443/', undefined],
  ['https://93.184.216.34/', undefined],
  ['http://hooks.example.com/', 'must begin with https'],
  ['ftp://hooks.example.com/', 'must begin with https'],
  ['nonsense', 'not a URL'],
  ['https://user:pass@hooks.example.com/', 'user name'],
  ['https://hooks.example.com/#x', 'fragment'],
  ['https://mail.example.org/webhooks', 'this installation'],
  ['https://127.0.0.1/', 'not on the public internet'],
  ['https://2130706433/', 'not on the public internet'],
  ['https://0x7f.1/', 'not on the public internet'],
  ['https://[::1]/', 'not on the public internet'],
  ['https://[::ffff:7f00:1]/', 'not on the public internet'],
  ['https://169.254.169.254/latest/meta-data', 'not on the public internet'],
  ['https://localhost/', 'private network'],
  ['https://metadata.google.internal/', 'private network'],
  ['https://printer.local/', 'private network'],
  [`https://hooks.example.com/${'x'.repeat(2_000)}`, 'longer than'],
])('judges %s', (url, problem) => {
  if (problem === undefined) expect(endpointUrlProblem(url, strict)).toBeUndefined();
  else expect(endpointUrlProblem(url, strict)).toContain(problem);
});

it('takes receivers of this network where they are allowed, but not ourselves', () => {
  const rules = { ...strict, allowsPrivate: true };
  expect(endpointUrlProblem('http://127.0.0.1:8080/', rules)).toBeUndefined();
  expect(endpointUrlProblem('http://mail.example.org/', rules)).toContain('this installation');
});
