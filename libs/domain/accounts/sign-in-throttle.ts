import ipaddr from 'ipaddr.js';
import type { Clock } from '#base/kernel';

const WINDOW_MS = 15 * 60_000;
const MAX_FAILURES = 10;
const MAX_KEYS = 50_000;

/**
 * Counts failed sign-ins by account and by network (an IPv6 /64 is one network). It makes people wait, it never locks
 * an account for good, and a success clears the account's count but not the network's.
 */
export class SignInThrottle {
  private readonly failures = new Map<string, number[]>();

  constructor(private readonly clock: Clock) {}

  /** Seconds to wait before the next try, or 0. */
  waitSeconds(account: string, ip: string): number {
    const now = this.clock.now().getTime();
    const waits = [accountKey(account), networkKey(ip)].map((key) => {
      const recent = this.recent(key, now);
      return recent.length < MAX_FAILURES ? 0 : Math.ceil((recent[recent.length - MAX_FAILURES]! + WINDOW_MS - now) / 1000);
    });
    return Math.max(...waits);
  }

  failed(account: string, ip: string): void {
    const now = this.clock.now().getTime();
    for (const key of [accountKey(account), networkKey(ip)]) {
      const recent = this.recent(key, now);
      this.failures.delete(key);
      this.failures.set(key, [...recent, now].slice(-MAX_FAILURES));
    }
    while (this.failures.size > MAX_KEYS) this.failures.delete(this.failures.keys().next().value!);
  }

  succeeded(account: string): void {
    this.failures.delete(accountKey(account));
  }

  private recent(key: string, now: number): number[] {
    return (this.failures.get(key) ?? []).filter((at) => at > now - WINDOW_MS);
  }
}

function accountKey(account: string): string {
  return `account ${account}`;
}

function networkKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'network unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return `network ${address.toString()}`;
  return `network ${(address as ipaddr.IPv6).parts.slice(0, 4).join(':')}`;
}
