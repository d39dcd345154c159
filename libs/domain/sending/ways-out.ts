import type { EgressDirectory, EgressSource } from '#domain/egress';
import type { NextHopResolver, NextHops } from '#net/dns';
import type { SmtpClientOptions, SmtpConnection } from '#net/smtp-client';
import type { DomainTlsPolicy, TlsPolicies } from '#net/tls-policy';
import type { ProviderShape } from '#domain/shaping';
import { type TlsSessionNote, connectNextHop } from './connect-next-hop.js';
import type { LeasedLane } from './lane-leases.js';
import type { OutgoingMessage } from './outgoing-message.js';

/** What mail servers must prove, and who counts whether they did. */
export interface TlsGuard {
  readonly policies: Pick<TlsPolicies, 'of'>;
  readonly onSession?: (note: TlsSessionNote) => void;
}

export interface WaysOutOptions {
  /** EHLO name where the source has none of its own. */
  readonly hostname: string;
  readonly resolver: NextHopResolver;
  readonly smtp: Omit<SmtpClientOptions, 'helo' | 'tls' | 'verifyPeer' | 'serverName'>;
  readonly tls?: TlsGuard | undefined;
  readonly egress?: EgressDirectory | undefined;
}

/** How mail leaves: which servers a message is for, by which source, under which TLS policy. */
export class WaysOut {
  constructor(private readonly options: WaysOutOptions) {}

  /** @throws NextHopError */
  async resolve(message: OutgoingMessage, lane: LeasedLane): Promise<NextHops> {
    return this.sourceOf(lane)?.smarthost?.hops ?? this.options.resolver.resolve(message.domain);
  }

  /** The lane's source as it is now; absent where mail leaves as the system likes. */
  sourceOf({ sourceId }: LeasedLane): EgressSource | undefined {
    return this.options.egress?.find(sourceId);
  }

  /** How the mail servers of the message's domain must be spoken to. */
  async tlsPolicy(message: OutgoingMessage, hops: NextHops): Promise<DomainTlsPolicy | undefined> {
    return this.options.tls?.policies.of(message.domain, hops);
  }

  /** @throws SmtpConnectError */
  connect(hops: NextHops, lane: LeasedLane, shape: ProviderShape, policy: DomainTlsPolicy | undefined): Promise<SmtpConnection> {
    const { smtp, hostname, tls } = this.options;
    const source = this.sourceOf(lane);
    const relay = source?.smarthost;
    return connectNextHop({
      hops,
      policy,
      smtp: { ...smtp, helo: source?.helo ?? hostname, ...(relay?.auth && { auth: relay.auth }) },
      requiresTls: shape.requiresTls ?? false,
      path: source?.path,
      fixedTls: relay?.tls,
      ...(tls && { onSession: (note) => tls.onSession?.(note) }),
    });
  }
}
