import { isIP, isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod';
import type { AddressPolicy } from '#net/dns';
import { authMechanisms } from '#protocol/smtp';

/** `draining` takes no new mail and sends what no other source of its pool can take; by `disabled` nothing leaves. */
export const sourceStates = ['active', 'draining', 'disabled'] as const;
export type SourceState = (typeof sourceStates)[number];

export const streams = ['transactional', 'bulk'] as const;
/** Which of two kinds of mail: one-time codes count as transactional. */
export type Stream = (typeof streams)[number];

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** A full name in DNS, ASCII, without the root's dot. */
export function isHostname(name: string): boolean {
  const labels = name.split('.');
  return name.length <= 253 && labels.length > 1 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1)!);
}

export const egressName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'letters in lower case, digits, ".", "_" and "-", 63 at most');
const hostname = z.string().max(253).refine(isHostname, 'a full host name such as mail1.example.org');
const host = z
  .string()
  .max(253)
  .refine((value) => isIP(value) !== 0 || isHostname(value) || value === 'localhost', 'a host name or an address');
const port = z.int().min(1).max(65_535);
const secret = z.string().min(1).max(4096);

export const proxySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('socks5'), host, port, username: z.string().min(1).max(255).optional() }),
  z.strictObject({ kind: z.literal('haproxy'), host, port, version: z.union([z.literal(1), z.literal(2)]).default(2) }),
]);
export type ProxySettings = z.output<typeof proxySchema>;

const headerName = z.string().regex(/^[A-Za-z0-9-]{1,76}$/, 'a header name');
/** Printable ASCII: a line break here would be a header of somebody else's choice. */
const headerValue = z.string().regex(/^[\x20-\x7e]{0,900}$/, 'one line of ASCII');

export const smarthostSchema = z
  .strictObject({
    host,
    port,
    /** `none` never encrypts, `opportunistic` where it can; the other two verify the certificate by name. */
    security: z.enum(['implicit', 'starttls', 'opportunistic', 'none']),
    username: z.string().min(1).max(320).optional(),
    mechanisms: z.array(z.enum(authMechanisms)).min(1).optional(),
    /** Authorities in place of the usual ones, PEM. */
    ca: z
      .string()
      .max(65_536)
      .refine((pem) => pem.includes('-----BEGIN CERTIFICATE-----'), 'a certificate in PEM')
      .optional(),
    /** `ses`: Amazon's, whose secret is the secret access key, from which the SMTP password is derived. */
    kind: z.enum(['smtp', 'ses']).default('smtp'),
    region: z
      .string()
      .regex(/^[a-z0-9-]{5,30}$/)
      .optional(),
    /** Put before each message, unsigned; `X-SES-CONFIGURATION-SET` and the like. */
    headers: z.record(headerName, headerValue).default({}),
    /** What the provider grants; absent: as for any site. */
    connections: z.int().min(1).max(500).optional(),
    ratePerSecond: z.number().positive().max(100_000).optional(),
    messagesPerConnection: z.int().min(1).max(100_000).optional(),
  })
  .refine(({ username, security }) => username === undefined || security === 'implicit' || security === 'starttls', {
    path: ['security'],
    message: 'credentials are sent under TLS only: "implicit" or "starttls"',
  })
  .refine(({ kind, region, username }) => kind === 'smtp' || (region !== undefined && username !== undefined), {
    path: ['region'],
    message: 'Amazon SES needs a region, and the access key id as the user name',
  });
export type SmarthostSettings = z.output<typeof smarthostSchema>;

const settings = {
  localV4: z.string().refine(isIPv4, 'an IPv4 address').nullable(),
  localV6: z.string().refine(isIPv6, 'an IPv6 address').nullable(),
  helo: hostname.nullable(),
  addressPolicy: z.enum(['prefer-v6', 'prefer-v4', 'v6-only', 'v4-only'] satisfies readonly AddressPolicy[]).nullable(),
  proxy: proxySchema.nullable(),
  /** Of the proxy's user. Absent: as it was. */
  proxySecret: secret.optional(),
  smarthost: smarthostSchema.nullable(),
  /** A password, a token, or the secret access key. Absent: as it was. */
  smarthostSecret: secret.optional(),
  note: z.string().max(400),
};

/** What may be said of a source; what is absent stays as it is, or is nothing. */
export const sourceChangeSchema = z.strictObject(settings).partial();
export type SourceChange = z.output<typeof sourceChangeSchema>;

export const poolMembersSchema = z
  .array(z.strictObject({ source: egressName, weight: z.int().min(1).max(1000).default(1) }))
  .min(1)
  .max(200)
  .refine((members) => new Set(members.map(({ source }) => source)).size === members.length, 'each source once');
export type PoolMembers = z.output<typeof poolMembersSchema>;
