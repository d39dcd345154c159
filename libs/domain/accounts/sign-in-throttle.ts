import ipaddr from 'ipaddr.js';
import type { Clock } from '#base/kernel';

const WINDOW_MS = 15 * 60_000;
/** Tries without success from one network in a window, whichever accounts they are for. */
const MAX_BY_NETWORK = 10;
/** Tries without success for one account in a window, from whichever networks. */
const MAX_BY_ACCOUNT = 50;
const MAX_KEYS = 50_000;

/** A try that was let in. It counts as failed from its first moment, so that a thousand at once are no way around. */
export interface SignInTry {
  succeeded(): void;
}

/**
 * Makes guessing slow by account and by network (an IPv6 /64 is one network). It makes people wait and locks nobody for
 * good; and whoever guesses at somebody else's account from elsewhere does not keep its owner out, whose network is known.
 */
export class SignInThrottle {
  private readonly tries = new Map<string, number[]>();

  constructor(private readonly clock: Clock) {}

  /**
   * @param isKnownNetwork whether the account has signed in from there before; asked only when it matters
   * @returns the try, or the seconds to wait before the next one
   */
  async begin(account: string, ip: string, isKnownNetwork: () => Promise<boolean>): Promise<SignInTry | number> {
    const [accountKey, byNetwork] = [`account ${account}`, `network ${networkOf(ip)}`];
    let wait = this.waitSeconds(byNetwork, MAX_BY_NETWORK);
    if (wait === 0 && this.waitSeconds(accountKey, MAX_BY_ACCOUNT) > 0 && !(await isKnownNetwork()))
      wait = this.waitSeconds(accountKey, MAX_BY_ACCOUNT);
    if (wait > 0) return wait;
    const at = this.clock.now().getTime();
    this.count(byNetwork, at, MAX_BY_NETWORK);
    this.count(accountKey, at, MAX_BY_ACCOUNT);
    return {
      succeeded: () => {
        this.tries.delete(accountKey);
        this.takeBack(byNetwork, at);
      },
    };
  }

  private waitSeconds(key: string, limit: number): number {
    const now = this.clock.now().getTime();
    const recent = this.recent(key, now);
    return recent.length < limit ? 0 : Math.ceil((recent[recent.length - limit]! + WINDOW_MS - now) / 1000);
  }

  private count(key: string, at: number, limit: number): void {
    const recent = this.recent(key, at);
    this.tries.delete(key);
    this.tries.set(key, [...recent, at].slice(-limit));
    while (this.tries.size > MAX_KEYS) this.tries.delete(this.tries.keys().next().value!);
  }

  private takeBack(key: string, at: number): void {
    const recent = this.tries.get(key) ?? [];
    const index = recent.lastIndexOf(at);
    if (index >= 0) recent.splice(index, 1);
  }

  private recent(key: string, now: number): number[] {
    return (this.tries.get(key) ?? []).filter((at) => at > now - WINDOW_MS);
  }
}

/** An IPv4 address, the /64 of an IPv6 one, or `unknown`. */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return `${(address as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
