import { isIPv6 } from 'node:net';
import type { SmtpLimits } from './smtp-listener.types.js';

interface PeerState {
  connections: number;
  windowStartMs: number;
  messages: number;
}

const SCAN_EVERY_MS = 5_000;

/** How many connections and messages an address has. IPv6 counts by /64, which one customer has to himself. */
export class PeerLimits {
  private readonly peers = new Map<string, PeerState>();
  private nextScanMs = 0;

  constructor(
    private readonly limits: Pick<SmtpLimits, 'maxConnectionsPerAddress' | 'maxMessagesPerMinutePerAddress'>,
    private readonly isTrusted: (address: string) => boolean,
    private readonly nowMs: () => number,
  ) {}

  /** @returns whether another connection is within the limit; it counts only then */
  tryConnect(address: string): boolean {
    const peer = this.peer(address);
    if (peer.connections >= this.limits.maxConnectionsPerAddress && !this.isTrusted(address)) return false;
    peer.connections++;
    return true;
  }

  disconnect(address: string): void {
    const peer = this.peer(address);
    peer.connections--;
    this.forgetIdle();
  }

  /** @returns whether another message is within this minute's limit */
  tryMessage(address: string): boolean {
    if (this.isTrusted(address)) return true;
    const peer = this.peer(address);
    const now = this.nowMs();
    if (now - peer.windowStartMs >= 60_000) {
      peer.windowStartMs = now;
      peer.messages = 0;
    }
    return ++peer.messages <= this.limits.maxMessagesPerMinutePerAddress;
  }

  private peer(address: string): PeerState {
    const key = networkOf(address);
    let peer = this.peers.get(key);
    if (!peer) {
      peer = { connections: 0, windowStartMs: this.nowMs(), messages: 0 };
      this.peers.set(key, peer);
    }
    return peer;
  }

  /** A peer without connections is remembered for its minute; a scan over all is due only when there are many, and not at every one. */
  private forgetIdle(): void {
    const now = this.nowMs();
    if (this.peers.size < 10_000 || now < this.nextScanMs) return;
    this.nextScanMs = now + SCAN_EVERY_MS;
    const past = now - 60_000;
    for (const [key, peer] of this.peers) if (peer.connections <= 0 && peer.windowStartMs < past) this.peers.delete(key);
  }
}

function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.split('%')[0]!.toLowerCase().split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = tail.split(':').filter((group) => group !== '');
  const groups = address.includes('::')
    ? [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left;
  return groups.slice(0, 4).join(':');
}
