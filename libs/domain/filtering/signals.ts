import type { AuthenticationResult, ReceptionSignals } from '#base/contracts';
import type { SpamSignals } from '#protocol/spam';

export interface ReceptionFacts {
  /** null where the sender was not asked about. */
  readonly reception: ReceptionSignals | null;
  readonly receivedAt: Date;
  /** It came to an address with a signed token. */
  readonly isAnswer: boolean;
}

/** What was known when a message was received, in the words of the rules. */
export function spamSignals({ reception, receivedAt, isAnswer }: ReceptionFacts, hostname: string): SpamSignals {
  const common = { receivedAtMs: receivedAt.getTime(), isAnswer };
  if (!reception) return common;
  const { spf, dkim, dmarc, arc, helo, reverseNames, listedBy } = reception;
  return {
    ...common,
    spf: spf.result,
    dkim: bestOf(dkim.map(({ result }) => result)),
    dmarc: dmarc.result,
    dmarcPolicy: dmarc.policy ?? undefined,
    arc: arc.result,
    helo: heloOf(helo, hostname),
    reverseName: reverseNames === undefined ? undefined : reverseNames.length > 0 ? 'confirmed' : 'none',
    listings: listedBy?.map(({ list }) => list),
  };
}

function bestOf(results: readonly AuthenticationResult[]): AuthenticationResult {
  return results.includes('pass') ? 'pass' : (results[0] ?? 'none');
}

/** RFC 5321 §4.1.1.1: a domain, or an address in brackets. */
function heloOf(helo: string, hostname: string): SpamSignals['helo'] {
  const name = helo.toLowerCase();
  if (name === hostname.toLowerCase()) return 'ours';
  return /^(?:\[[0-9a-f:.]+\]|\[ipv6:[0-9a-f:.]+\]|(?:[\p{L}\p{N}_-]{1,63}\.)+[\p{L}\p{N}-]{2,63}\.?)$/u.test(name) ? undefined : 'invalid';
}
