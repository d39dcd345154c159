import { Outcome } from '#base/contracts';

/** What our ledger says of one recipient. */
export interface Account {
  readonly recipient: string;
  readonly isBulk: boolean;
  /** Of the last attempt; null: none was recorded. */
  readonly outcome: Outcome | null;
  /** How often it was recorded as delivered. */
  readonly delivered: number;
}

export interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

/**
 * Compares the ledger with what the servers took. A dot whose reply a kill cut off is ambiguous: bulk mail is then
 * `unknown` and never sent again; transactional mail is sent again, so that a repeat is possible there and nowhere else.
 */
export function reconcile(accounts: readonly Account[], taken: ReadonlyMap<string, number>): Verdict {
  const times = (account: Account) => taken.get(account.recipient) ?? 0;
  const faults = {
    'without a final outcome': accounts.filter(({ outcome }) => outcome === null || outcome === Outcome.deferred),
    'recorded as delivered, but never taken': accounts.filter((a) => a.outcome === Outcome.delivered && times(a) === 0),
    'taken, but recorded as something else': accounts.filter(
      (a) => times(a) > 0 && a.outcome !== Outcome.delivered && a.outcome !== Outcome.unknown,
    ),
    'recorded as delivered more than once': accounts.filter(({ delivered }) => delivered > 1),
    'bulk mail taken more than once': accounts.filter((a) => a.isBulk && times(a) > 1),
  };
  const repeats = accounts.filter((a) => !a.isBulk && times(a) > 1);
  const unknown = accounts.filter(({ outcome }) => outcome === Outcome.unknown);
  const count = (wanted: Outcome) => accounts.filter(({ outcome }) => outcome === wanted).length;
  const lines = [
    '',
    `${accounts.length} recipients: ${count(Outcome.delivered)} delivered, ${count(Outcome.bounced)} bounced, ${count(Outcome.failed)} failed, ${unknown.length} unknown (a dot without a reply; ${unknown.filter((a) => times(a) > 0).length} of them were taken)`,
    `transactional messages repeated after a dot without a reply: ${repeats.length}${list(repeats)}`,
    ...Object.entries(faults).map(([what, found]) => `${found.length === 0 ? '✓' : '✗'} ${what}: ${found.length}${list(found)}`),
  ];
  return { isGood: Object.values(faults).every((found) => found.length === 0), text: lines.join('\n') };
}

function list(accounts: readonly Account[]): string {
  if (accounts.length === 0) return '';
  const shown = accounts.slice(0, 20).map(({ recipient }) => recipient);
  return `: ${shown.join(', ')}${accounts.length > shown.length ? ', …' : ''}`;
}
