import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { SES_CONFIGURATION_SET, type SourceChange, type SourceView, egressError, sesEndpoint, sourceChangeSchema } from '#domain/egress';
import { requireReadable } from '../input-file.js';
import { readStandardInput } from '../output.js';
import type { SourceOptions } from './source-options.js';

/** @throws ChaparError `egress_settings_invalid`, with every setting that cannot be used */
export async function toChange(options: SourceOptions, before: SourceView | undefined): Promise<SourceChange> {
  if (options.caFile !== undefined) await requireReadable(options.caFile);
  const smarthost = smarthostOf(options, before);
  const proxy = proxyOf(options, before);
  const secret = options.secretStdin ? await readStandardInput() : undefined;
  const isForRelay = (smarthost ?? before?.smarthost ?? null) !== null;
  const wanted = {
    localV4: orNull(options.v4),
    localV6: orNull(options.v6),
    helo: orNull(options.helo),
    addressPolicy: orNull(options.addressPolicy),
    note: options.note,
    proxy,
    smarthost,
    ...(secret !== undefined && (isForRelay ? { smarthostSecret: secret } : { proxySecret: secret })),
  };
  const result = sourceChangeSchema.safeParse(Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)));
  if (result.success) return result.data;
  throw egressError('egress_settings_invalid', `These settings cannot be used:\n${z.prettifyError(result.error)}`);
}

function proxyOf({ socks5, haproxy, proxyUser, proxyVersion }: SourceOptions, before: SourceView | undefined): unknown {
  if (socks5 === 'none' || haproxy === 'none') return null;
  if (socks5) return { kind: 'socks5', ...socks5, username: proxyUser };
  if (haproxy) return { kind: 'haproxy', ...haproxy, version: proxyVersion };
  if (proxyUser === undefined && proxyVersion === undefined) return undefined;
  return {
    ...before?.proxy,
    ...(proxyUser !== undefined && { username: proxyUser }),
    ...(proxyVersion !== undefined && { version: proxyVersion }),
  };
}

function smarthostOf(options: SourceOptions, before: SourceView | undefined): unknown {
  const { smarthost, ses, security, user, mechanism, caFile, configurationSet, header, connections, rate, messagesPerConnection } = options;
  if (smarthost === 'none') return null;
  const given = {
    ...(ses !== undefined && { kind: 'ses', region: ses, host: sesEndpoint(ses), port: 587, security: 'starttls' }),
    ...(smarthost && { ...smarthost, security: smarthost.port === 465 ? 'implicit' : 'starttls' }),
    ...(security !== undefined && { security }),
    ...(user !== undefined && { username: user }),
    ...(mechanism && { mechanisms: mechanism }),
    ...(caFile !== undefined && { ca: readFileSync(caFile, 'utf8') }),
    ...(connections !== undefined && { connections }),
    ...(rate !== undefined && { ratePerSecond: rate }),
    ...(messagesPerConnection !== undefined && { messagesPerConnection }),
  };
  const headers = {
    ...before?.smarthost?.headers,
    ...Object.fromEntries((header ?? []).map(parseHeader)),
    ...(configurationSet !== undefined && { [SES_CONFIGURATION_SET]: configurationSet }),
  };
  if (Object.keys(given).length === 0 && header === undefined && configurationSet === undefined) return undefined;
  return { ...before?.smarthost, ...given, headers };
}

function orNull(value: string | undefined): string | null | undefined {
  return value === 'none' ? null : value;
}

function parseHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 1 ? [line, ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
