import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MtaStsSyntaxError, parseMtaStsPolicy, parseMtaStsRecord, policyLines, policyNames } from './mta-sts-policy.js';
import { parseTlsRptRecord } from './tls-rpt-record.js';

describe('the record that announces a policy', () => {
  it.each([
    [[['v=STSv1; id=20160831085700Z;']], '20160831085700Z'],
    [[['v=STSv1;', ' id=a1']], 'a1'],
    [[['v=spf1 -all'], ['v=STSv1; future=x; id=abc']], 'abc'],
    [[['v=STSv1; id=abc'], ['v=STSv1; id=def']], undefined],
    [[['v=STSv1; id=has-dash']], undefined],
    [[['v=STSv1; id=' + 'a'.repeat(33)]], undefined],
    [[['v=STSv1;']], undefined],
    [[['v=STSv10; id=abc']], undefined],
    [[[' v=STSv1; id=abc']], undefined],
    [[], undefined],
  ])('%j has the id %s', (records, id) => expect(parseMtaStsRecord(records)).toBe(id));
});

describe('a policy', () => {
  const valid = 'version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.Example.net\r\nmax_age: 604800\r\n';

  it('is read as RFC 8461 writes it, with either line end, and written for reports', () => {
    const policy = { mode: 'enforce', mx: ['mail.example.com', '*.example.net'], maxAgeSeconds: 604_800 };
    expect(parseMtaStsPolicy(valid)).toEqual(policy);
    expect(parseMtaStsPolicy(valid.replaceAll('\r\n', '\n').trimEnd())).toEqual(policy);
    expect(parseMtaStsPolicy(policyLines(parseMtaStsPolicy(valid)).join('\n'))).toEqual(policy);
  });

  it('may have fields of the future, and repeat itself', () => {
    expect(parseMtaStsPolicy(`${valid}future: x y\nmode: none\nmax_age: 1\n`)).toMatchObject({ mode: 'enforce', maxAgeSeconds: 604_800 });
  });

  it('needs no mx to say "none", and holds a year at most', () => {
    expect(parseMtaStsPolicy('version: STSv1\nmode: none\nmax_age: 9999999999')).toEqual({
      mode: 'none',
      mx: [],
      maxAgeSeconds: 31_557_600,
    });
  });

  it.each([
    ['', 'version'],
    [valid.replace('STSv1', 'STSv2'), 'version'],
    [valid.replace('enforce', 'strict'), 'mode'],
    [valid.replace('604800', 'long'), 'max_age'],
    [valid.replace('604800', '-1'), 'max_age'],
    [valid.replace(/mx: .*\r\n/g, ''), 'no mx'],
    [valid.replace('*.Example.net', '*.*.net'), 'an mx'],
    [valid.replace('*.Example.net', 'mx*.example.net'), 'an mx'],
    ['<!doctype html>', 'key: value'],
    [valid + 'mx: a.example\n'.repeat(101), 'more than 100'],
  ])('is refused when it is broken: %j', (text, message) => {
    expect(() => parseMtaStsPolicy(text)).toThrow(MtaStsSyntaxError);
    expect(() => parseMtaStsPolicy(text)).toThrow(message);
  });

  it('of any bytes is a policy or a syntax error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constant(valid).chain((text) => fc.nat(text.length).map((at) => text.slice(at))),
        ),
        (text) => {
          try {
            parseMtaStsPolicy(text);
          } catch (error) {
            expect(error).toBeInstanceOf(MtaStsSyntaxError);
          }
        },
      ),
    );
  });

  it.each([
    ['mail.example.com', 'MAIL.example.com.', true],
    ['*.example.com', 'mail.example.com', true],
    ['*.example.com', 'a.mail.example.com', false],
    ['*.example.com', 'example.com', false],
    ['mail.example.com', 'mail.example.com.evil.net', false],
    ['*.example.com', 'mailexample.com', false],
    ['*.com', 'com', false],
  ])('with mx %s names %s: %s', (pattern, host, isNamed) => expect(policyNames({ mx: [pattern] }, host)).toBe(isNamed));
});

describe('the record that asks for reports', () => {
  it.each([
    [[['v=TLSRPTv1; rua=mailto:reports@example.com']], ['mailto:reports@example.com']],
    [[['v=TLSRPTv1;rua=mailto:a@b.example,https://r.example/v1']], ['mailto:a@b.example', 'https://r.example/v1']],
    [[['v=TLSRPTv1; rua=http://plain.example/, ftp://x/, mailto:nobody']], []],
    [[['v=TLSRPTv1; rua=mailto:a@b.example'], ['v=TLSRPTv1; rua=mailto:c@d.example']], []],
    [[['v=TLSRPTv2; rua=mailto:a@b.example']], []],
    [[['v=TLSRPTv1; rua=mailto:a@b.example\r\nBcc: x@y.example']], []],
  ])('%j leads to %j', (records, addresses) => expect(parseTlsRptRecord(records)).toEqual(addresses));
});
