import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildTlsReport } from './tls-report.js';

describe('a TLS report', () => {
  // The shape of RFC 8460, appendix B.
  const report = buildTlsReport({
    organization: 'company-x.example',
    contact: 'sts-reporting@company-x.example',
    reportId: '5065427c-23d3-47ca-b6e0-946ea0e8c4be',
    domain: 'company-y.example',
    day: '2016-04-01',
    policies: [
      {
        policy: {
          type: 'sts',
          strings: ['version: STSv1', 'mode: testing', 'mx: *.mail.company-y.example', 'max_age: 86400'],
          mxHosts: ['*.mail.company-y.example'],
        },
        successes: 5326,
        failures: [
          {
            type: 'certificate-expired',
            mxHost: 'mx1.mail.company-y.example',
            receivingIp: '',
            sendingIp: '2001:db8:abcd:0012::1',
            reason: '',
            sessions: 100,
          },
          {
            type: 'starttls-not-supported',
            mxHost: 'mx2.mail.company-y.example',
            receivingIp: '203.0.113.56',
            sendingIp: '2001:db8:abcd:0013::1',
            reason: 'the server offers no TLS',
            sessions: 200,
          },
        ],
      },
      { policy: { type: 'no-policy-found', strings: [], mxHosts: [] }, successes: 3, failures: [] },
    ],
  });

  it('is as the RFC writes it', () => {
    expect(JSON.parse(report.json)).toEqual({
      'organization-name': 'company-x.example',
      'date-range': { 'start-datetime': '2016-04-01T00:00:00Z', 'end-datetime': '2016-04-01T23:59:59Z' },
      'contact-info': 'sts-reporting@company-x.example',
      'report-id': '5065427c-23d3-47ca-b6e0-946ea0e8c4be',
      policies: [
        {
          policy: {
            'policy-type': 'sts',
            'policy-string': ['version: STSv1', 'mode: testing', 'mx: *.mail.company-y.example', 'max_age: 86400'],
            'policy-domain': 'company-y.example',
            'mx-host': ['*.mail.company-y.example'],
          },
          summary: { 'total-successful-session-count': 5326, 'total-failure-session-count': 300 },
          'failure-details': [
            {
              'result-type': 'certificate-expired',
              'sending-mta-ip': '2001:db8:abcd:0012::1',
              'receiving-mx-hostname': 'mx1.mail.company-y.example',
              'failed-session-count': 100,
            },
            {
              'result-type': 'starttls-not-supported',
              'sending-mta-ip': '2001:db8:abcd:0013::1',
              'receiving-mx-hostname': 'mx2.mail.company-y.example',
              'receiving-ip': '203.0.113.56',
              'failed-session-count': 200,
              'failure-reason-code': 'the server offers no TLS',
            },
          ],
        },
        {
          policy: { 'policy-type': 'no-policy-found', 'policy-domain': 'company-y.example' },
          summary: { 'total-successful-session-count': 3, 'total-failure-session-count': 0 },
        },
      ],
    });
  });

  it('is compressed, and named after whom it is about and when', () => {
    expect(gunzipSync(report.gzip).toString()).toBe(report.json);
    expect(report.filename).toBe('company-x.example!company-y.example!1459468800!1459555199!5065427c-23d3-47ca-b6e0-946ea0e8c4be.json.gz');
  });
});
