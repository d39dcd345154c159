import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serializeHeaders } from '#protocol/mime';
import {
  DsnParameterError,
  quoteXtext,
  readEnvelopeParameters,
  readRecipientParameters,
  unquoteXtext,
  wantsReport,
} from './dsn-parameters.js';
import { readReport } from './read-report.js';
import { type ReportInput, writeReport } from './write-report.js';

const input: ReportInput = {
  action: 'failed',
  reportingMta: 'mail.example.org',
  from: 'mailer-daemon@bounces.shop.example',
  to: 'hello@shop.example',
  messageId: '<r1@shop.example>',
  date: 'Mon, 05 Jan 2026 10:00:00 +0000',
  arrivedAt: new Date('2026-01-05T09:00:00Z'),
  envelopeId: 'order 7=1',
  recipients: [
    {
      address: 'sara@example.net',
      originalRecipient: 'rfc822;sara+2Bx@example.net',
      status: '5.1.1',
      diagnostic: '550 5.1.1 User unknown',
      remoteMta: 'mx.example.net',
      lastAttemptAt: new Date('2026-01-05T09:59:00Z'),
      explanation: 'sara@example.net does not exist.',
    },
  ],
  original: { bytes: Buffer.from('From: hello@shop.example\r\nMessage-ID: <m1@shop.example>\r\n\r\n'), isWhole: false, subject: 'سلام' },
  boundary: '=_report',
};

const write = (more: Partial<ReportInput> = {}): Buffer => {
  const { headers, body } = writeReport({ ...input, ...more });
  return Buffer.concat([Buffer.from(`${serializeHeaders(headers)}\r\n`), body]);
};

describe('a report that we write', () => {
  it('is read by ourselves as what it says', () => {
    expect(readReport(write(), { envelopeSender: '' })).toMatchObject({
      kind: 'bounce',
      recipient: 'sara+x@example.net',
      permanent: true,
      class: 'invalid-recipient',
      enhancedCode: '5.1.1',
      smtpCode: 550,
      reportingMta: 'mail.example.org',
      remoteMta: 'mx.example.net',
      originalMessageId: 'm1@shop.example',
    });
    expect(readReport(write({ action: 'delayed', recipients: [{ ...input.recipients[0]!, status: '4.4.1' }] }))).toMatchObject({
      kind: 'delayed',
    });
  });

  it('has the fields of RFC 3464, those that were asked for among them', () => {
    const text = write().toString();
    expect(text).toContain(
      'Original-Envelope-Id: order 7=1\r\nReporting-MTA: dns; mail.example.org\r\nArrival-Date: Mon, 05 Jan 2026 09:00:00 +0000\r\n\r\n',
    );
    expect(text).toContain(
      'Original-Recipient: rfc822; sara+x@example.net\r\nFinal-Recipient: rfc822; sara@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n',
    );
    expect(text).toMatch(/Auto-Submitted: auto-generated/);
    expect(text).toContain('Content-Type: text/rfc822-headers\r\n\r\nFrom: hello@shop.example');
  });

  it('tells of addresses that are not ASCII as RFC 6533 wants it, in seven bits', () => {
    const raw = write({ recipients: [{ ...input.recipients[0]!, address: 'سارا@example.net', originalRecipient: undefined }] });
    expect(raw.toString()).toContain('Content-Type: message/global-delivery-status');
    expect([...raw].every((byte) => byte < 128)).toBe(true);
    expect(readReport(raw)).toMatchObject({ kind: 'bounce', recipient: 'سارا@example.net', enhancedCode: '5.1.1' });
  });

  it('never goes to the null sender', () => {
    expect(() => writeReport({ ...input, to: '' })).toThrow(TypeError);
  });

  it('holds no line that a server or a client could have smuggled in, and no long ones', () => {
    const nasty = fc.string({ unit: fc.constantFrom('a', ' ', '\r', '\n', 'é', ':', '\u0000', 'Action: delivered') });
    fc.assert(
      fc.property(nasty, nasty, (diagnostic, envelopeId) => {
        const raw = write({ envelopeId, recipients: [{ ...input.recipients[0]!, diagnostic: `550 ${diagnostic}` }] });
        const text = raw.toString('latin1');
        expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\u0000]/);
        expect(text.match(/^Action: .*$/gm)).toEqual(['Action: failed']);
        expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
        expect(readReport(raw).kind).toBe('bounce');
      }),
    );
  });
});

describe('the parameters of RFC 3461', () => {
  it('come back from xtext as they went in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unquoteXtext(quoteXtext(text))).toBe(text.toWellFormed());
      }),
    );
  });

  it('are read, whatever their case', () => {
    expect(readEnvelopeParameters({ ret: 'hdrs', envid: 'a+2Bb' })).toEqual({ returns: 'headers', envelopeId: 'a+b' });
    expect(readRecipientParameters({ notify: 'SUCCESS,Delay', orcpt: 'rfc822;sara@example.net' })).toEqual({
      notify: ['success', 'delay'],
      originalRecipient: 'rfc822;sara@example.net',
    });
  });

  it.each([
    () => readEnvelopeParameters({ ret: 'SOME' }),
    () => readEnvelopeParameters({ envid: 'a=b' }),
    () => readEnvelopeParameters({ envid: 'x'.repeat(101) }),
    () => readRecipientParameters({ notify: 'NEVER,DELAY' }),
    () => readRecipientParameters({ notify: 'SOMETIMES' }),
    () => readRecipientParameters({ orcpt: 'sara@example.net' }),
    () => readRecipientParameters({ orcpt: 'rfc822;a\r\nb' }),
  ])('are refused where they say nothing that RFC 3461 knows (%#)', (read) => {
    expect(read).toThrow(DsnParameterError);
  });

  it('say of what a sender hears; without them of failures and delays', () => {
    expect((['failure', 'delay', 'success'] as const).map((about) => wantsReport(undefined, about))).toEqual([true, true, false]);
    expect((['failure', 'delay', 'success'] as const).map((about) => wantsReport(['SUCCESS'], about))).toEqual([false, false, true]);
    expect((['failure', 'delay', 'success'] as const).map((about) => wantsReport(['never'], about))).toEqual([false, false, false]);
  });
});
