import { isIP } from 'node:net';
import type { EgressPath, FixedTls } from '#domain/egress';
import { type NextHopHost, type NextHops, orderAddresses, shuffleEqual } from '#net/dns';
import { type LocalAddresses, type SmtpClientOptions, SmtpConnectError, SmtpConnection } from '#net/smtp-client';
import { type DomainTlsPolicy, type HostTlsPolicy, type TlsFailure, type TlsFailureType, testPeer, verifyPeer } from '#net/tls-policy';

/** A session with a mail server, or the failure to have one, as the domain's report will count it (RFC 8460). */
export interface TlsSessionNote {
  readonly policy: DomainTlsPolicy;
  readonly hostname: string;
  readonly receivingIp?: string | undefined;
  readonly sendingIp?: string | undefined;
  readonly failure?: TlsFailure | undefined;
}

export interface ConnectRequest {
  readonly hops: NextHops;
  /** Of the domain whose mail the connection is opened for. */
  readonly policy?: DomainTlsPolicy | undefined;
  readonly smtp: Omit<SmtpClientOptions, 'tls' | 'verifyPeer' | 'serverName'>;
  /** Never in the clear, whatever the domain says. */
  readonly requiresTls: boolean;
  readonly path?: EgressPath | undefined;
  readonly fixedTls?: FixedTls | undefined;
  readonly random?: () => number;
  readonly onSession?: (note: TlsSessionNote) => void;
}

/** The servers could be reached, but not as the domain's TLS policy demands. It is about this domain, not about the site. */
export class TlsPolicyUnmet extends SmtpConnectError {
  override readonly name = 'TlsPolicyUnmet' as 'SmtpConnectError';
}

const MAX_TRIES = 6;
const MAX_ADDRESSES = 4;
const FREE: HostTlsPolicy = { level: 'opportunistic', why: 'no policy' };

/**
 * Connects to the first host that takes us and is as the policy wants it, in the order of preference, equal ones shuffled
 * (RFC 5321 §5.1), each at the first of its addresses that answers (RFC 8305).
 * @throws TlsPolicyUnmet
 * @throws SmtpConnectError of the last one tried; one in which a server spoke wins over one without an answer
 */
export async function connectNextHop(request: ConnectRequest): Promise<SmtpConnection> {
  const { hops, random = Math.random } = request;
  const ordered = shuffleEqual(
    hops.hosts.map((host, i) => ({ host, preference: host.preference ?? i })),
    random,
  );
  const state: Tries = { left: MAX_TRIES };
  for (const { host } of ordered) {
    const connection = await connectHost(host, request, state);
    if (connection) return connection;
    if (request.smtp.signal?.aborted) break;
  }
  if (state.unmet) throw new TlsPolicyUnmet(state.unmet.reason, 'starttls', undefined, { tlsProblem: state.unmet });
  throw state.failure ?? new SmtpConnectError('there is no host to connect to', 'connect');
}

interface Tries {
  left: number;
  failure?: SmtpConnectError;
  unmet?: TlsFailure;
}

async function connectHost(host: NextHopHost, request: ConnectRequest, tries: Tries): Promise<SmtpConnection | undefined> {
  const { hostname, port } = host;
  const { path = {} } = request;
  const policy = policyOf(request.policy, hostname);
  const note = noteFor(request, hostname);
  if (policy.refusal) {
    tries.unmet ??= policy.refusal;
    note({ failure: policy.refusal });
    return undefined;
  }
  let addresses = addressesFrom(host, path, request.random ?? Math.random);
  if (addresses.length === 0)
    tries.failure ??= new SmtpConnectError(`${hostname} has no address that can be reached from ${describePath(path)}`, 'connect');
  while (addresses.length > 0 && tries.left-- > 0) {
    const [first, ...alternatives] = addresses;
    try {
      const connection = await SmtpConnection.open(
        { host: first!, alternatives, port, hostname, local: path.via ? undefined : path.local, via: path.via },
        { ...request.smtp, ...(request.fixedTls ?? optionsFor(policy, request.requiresTls)) },
      );
      const { tlsProblem, peer } = connection;
      const failure = tlsProblem ? toFailure(tlsProblem) : peer && testPeer(policy, peer);
      note({ receivingIp: connection.target.host, sendingIp: connection.localAddress, failure });
      return connection;
    } catch (error) {
      if (!(error instanceof SmtpConnectError)) throw error;
      if (!tries.failure?.reply || error.reply) tries.failure = error;
      if (error.tlsProblem) {
        if (policy.level !== 'opportunistic') tries.unmet ??= toFailure(error.tlsProblem);
        note({ receivingIp: error.host, failure: toFailure(error.tlsProblem) });
      }
      if (request.smtp.signal?.aborted || error.host === undefined) return undefined;
      addresses = addresses.filter((address) => address !== error.host);
    }
  }
  return undefined;
}

function policyOf(policy: DomainTlsPolicy | undefined, hostname: string): HostTlsPolicy {
  return policy?.ofHost.get(hostname) ?? FREE;
}

function addressesFrom({ hostname, addresses }: NextHopHost, { local, addressPolicy }: EgressPath, random: () => number): string[] {
  if (addresses.length === 0) return [hostname];
  const ordered = addressPolicy === undefined ? addresses : orderAddresses(addresses, addressPolicy, random);
  return ordered.filter((address) => isWithinReach(address, local)).slice(0, MAX_ADDRESSES);
}

/** With an address of ours in one family alone, hosts of the other cannot be reached. */
function isWithinReach(address: string, { v4, v6 }: LocalAddresses = {}): boolean {
  const family = isIP(address);
  return family === 0 || (v4 === undefined && v6 === undefined) || (family === 4 ? v4 : v6) !== undefined;
}

function describePath({ local, addressPolicy }: EgressPath): string {
  const from = [local?.v4, local?.v6].filter((address) => address !== undefined).join(' or ') || 'this machine';
  return addressPolicy === undefined ? from : `${from} by the policy "${addressPolicy}"`;
}

function optionsFor(policy: HostTlsPolicy, requiresTls: boolean): Pick<SmtpClientOptions, 'tls' | 'verifyPeer' | 'serverName'> {
  const { level, dane } = policy;
  if (level === 'opportunistic') return { tls: requiresTls ? 'required' : 'opportunistic' };
  const serverName = dane?.names[0];
  return { tls: 'required', verifyPeer: (peer) => verifyPeer(policy, peer), ...(serverName !== undefined && { serverName }) };
}

function noteFor({ policy, onSession }: ConnectRequest, hostname: string) {
  return (about: Pick<TlsSessionNote, 'receivingIp' | 'sendingIp' | 'failure'>): void => {
    if (policy && policy.reportTo.length > 0) onSession?.({ policy, hostname, ...about });
  };
}

function toFailure({ type, reason }: { readonly type: string; readonly reason: string }): TlsFailure {
  return { type: type as TlsFailureType, reason };
}

const approved = new WeakMap<SmtpConnection, WeakSet<HostTlsPolicy>>();

/** Whether an open connection may carry mail of (another) domain of the same site. */
export function suitsPolicy(connection: SmtpConnection, policy: DomainTlsPolicy | undefined): boolean {
  if (!policy) return true;
  const demand = policy.ofHost.get(connection.target.hostname);
  if (!demand) return false;
  if (demand.level === 'opportunistic') return true;
  if (!connection.peer) return false;
  let known = approved.get(connection);
  if (!known) approved.set(connection, (known = new WeakSet()));
  if (known.has(demand)) return true;
  if (verifyPeer(demand, connection.peer)) return false;
  known.add(demand);
  return true;
}
