import { open } from 'node:fs/promises';
import { Resolver } from 'node:dns/promises';
import type { Readable } from 'node:stream';
import { authenticate } from 'mailauth';
import { messageOf } from '#base/kernel';
import { fileError } from '../input-file.js';

export interface AuthenticationQuery {
  /** A path, or `-` for standard input. */
  readonly file: string;
  /** Of the client that handed the message over; absent: as the topmost Received header says. */
  readonly ip?: string | undefined;
  readonly helo?: string | undefined;
  /** Envelope sender; absent: as Return-Path says. */
  readonly from?: string | undefined;
  /** Our name in the result. */
  readonly hostname: string;
  readonly dnsServers: readonly string[];
}

export interface MethodVerdict {
  /** In the words of RFC 8601 §2.7: pass, fail, softfail, neutral, none, policy, temperror, permerror. */
  readonly result: string;
  readonly domain: string | null;
  readonly comment: string | null;
}

export interface AuthenticationVerdicts {
  readonly file: string;
  readonly spf: MethodVerdict;
  readonly dkim: readonly (MethodVerdict & {
    readonly selector: string | null;
    readonly algorithm: string | null;
    readonly isAligned: boolean;
  })[];
  readonly dmarc: MethodVerdict & { readonly policy: string | null };
  readonly arc: MethodVerdict & { readonly instances: number };
  /** RFC 8601: the header that a receiver would add. */
  readonly authenticationResults: string;
}

/**
 * What a receiver of the message would find out about its sender: SPF, DKIM, DMARC and ARC. There is one DKIM verdict a
 * signature, and a single `none` without any.
 * @throws ChaparError `file_unreadable`
 */
export async function checkAuthentication(query: AuthenticationQuery): Promise<AuthenticationVerdicts> {
  const { file, ip, helo, from, hostname, dnsServers } = query;
  const { spf, dkim, dmarc, arc, headers } = await authenticate(await openMessage(file), {
    ...(ip === undefined ? { trustReceived: true } : { ip }),
    ...(helo !== undefined && { helo }),
    ...(from !== undefined && { sender: from }),
    mta: hostname,
    // Broken signatures fail and rsa-sha1 does not pass, as the RFCs have it.
    strict: true,
    // It would fetch logos from the network.
    disableBimi: true,
    resolver: resolverOf(dnsServers),
  });
  return {
    file,
    spf: spf ? verdict(spf.status, spf.domain) : nothing,
    dkim: (dkim?.results ?? []).map((one) => ({
      ...verdict(one.status, one.signingDomain),
      selector: text(one.selector),
      algorithm: text(one.algo),
      isAligned: Boolean(one.status.aligned),
    })),
    dmarc: dmarc ? { ...verdict(dmarc.status, dmarc.domain), policy: text(dmarc.policy) } : { ...nothing, policy: null },
    arc: arc
      ? { ...verdict(arc.status, arc.signature ? arc.signature.signingDomain : undefined), instances: Number(arc.i || 0) }
      : { ...nothing, instances: 0 },
    authenticationResults: /^Authentication-Results:(?:[^\r\n]|\r?\n[ \t])*/im.exec(headers)?.[0] ?? '',
  };
}

async function openMessage(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  const handle = await open(file).catch((cause: unknown) => {
    throw fileError('file_unreadable', `${file} cannot be read: ${messageOf(cause)}.`, { cause });
  });
  if (!(await handle.stat()).isDirectory()) return handle.createReadStream();
  await handle.close();
  throw fileError('file_unreadable', `${file} is a folder. Give the file of one message.`);
}

const nothing: MethodVerdict = { result: 'none', domain: null, comment: null };

function verdict(status: { result: string; comment?: string | false | undefined }, domain: unknown): MethodVerdict {
  return { result: status.result, domain: text(domain), comment: text(status.comment) };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The servers of the configuration, else the system's. */
function resolverOf(servers: readonly string[]) {
  const resolver = new Resolver({ timeout: 5_000, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return async (name: string, type: string) => (await resolver.resolve(name, type)) as string[] | string[][];
}
