import { Outcome } from '#base/contracts';

/** What our ledger says of one recipient. */
export interface Account {
  readonly recipient: string;
  readonly isBulk: boolean;
  /** Of the last attempt; null: none was recorded. */
  readonly outcome: Outcome | null;
  /** How often it was recorded as delivered. */
  readonly delivered: number;
  /** Attempts recorded as complete but unanswered, and sent again. */
  readonly ambiguous: number;
}

/** What the servers took for one recipient. */
export interface Taken {
  readonly times: number;
  readonly messageIds: ReadonlySet<string>;
}

/** The campaign's counters of bulk mail, by metric. */
export type Counted = Readonly<Partial<Record<'accepted' | 'bounced' | 'failed' | 'unknown', number>>>;

export interface Campaign {
  readonly accounts: readonly Account[];
  readonly taken: ReadonlyMap<string, Taken>;
  readonly counted: Counted;
  /** MTAs that ended although nobody killed them. */
  readonly deaths: readonly string[];
  /** A kill can cut off one reply on each connection, and no more. */
  readonly mostAmbiguous: number;
}

export interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

/**
 * Compares the ledger with what the servers took, message by message. A dot whose reply a kill cut off is ambiguous: bulk
 * mail is then `unknown` and never sent again; transactional mail is sent again, so that a repeat is possible there and
 * nowhere else, once for every attempt that the ledger itself calls unanswered.
 */
export function reconcile({ accounts, taken, counted, deaths, mostAmbiguous }: Campaign): Verdict {
  const times = ({ recipient }: Account) => taken.get(recipient)?.times ?? 0;
  const known = new Set(accounts.map(({ recipient }) => recipient));
  const of = (wanted: Outcome, from = accounts) => from.filter(({ outcome }) => outcome === wanted);
  const repeats = accounts.filter((a) => times(a) > 1);
  const unknown = of(Outcome.unknown);
  const ambiguous = accounts.reduce((sum, a) => sum + a.ambiguous, unknown.length);
  const bulk = accounts.filter(({ isBulk }) => isBulk);
  const expected = {
    accepted: of(Outcome.delivered, bulk).length,
    bounced: of(Outcome.bounced, bulk).length,
    failed: of(Outcome.failed, bulk).length,
    unknown: of(Outcome.unknown, bulk).length,
  };
  const names = (found: readonly Account[]) => found.map(({ recipient }) => recipient);
  const faults: Record<string, readonly string[]> = {
    'without a final outcome': names(accounts.filter(({ outcome }) => outcome === null || outcome === Outcome.deferred)),
    'recorded as delivered, but never taken': names(of(Outcome.delivered).filter((a) => times(a) === 0)),
    'taken, but recorded as something else': names(
      accounts.filter((a) => times(a) > 0 && a.outcome !== Outcome.delivered && a.outcome !== Outcome.unknown),
    ),
    'taken for somebody who was not written to': [...taken.keys()].filter((recipient) => !known.has(recipient)),
    'recorded as delivered more than once': names(accounts.filter(({ delivered }) => delivered > 1)),
    'bulk mail taken more than once': names(bulk.filter((a) => times(a) > 1)),
    'repeated more often than the ledger knows of': names(accounts.filter((a) => times(a) > 1 + a.ambiguous)),
    'repeated with another Message-ID': names(repeats.filter(({ recipient }) => taken.get(recipient)!.messageIds.size !== 1)),
    'counters that differ from the ledger': Object.entries(expected)
      .filter(([metric, n]) => (counted[metric as keyof Counted] ?? 0) !== n)
      .map(([metric, n]) => `${metric} ${counted[metric as keyof Counted] ?? 0} instead of ${n}`),
    'MTAs that died by themselves': deaths,
    'more unanswered dots than connections that were cut': ambiguous > mostAmbiguous ? [`${ambiguous} > ${mostAmbiguous}`] : [],
  };
  const lines = [
    '',
    `${accounts.length} recipients: ${of(Outcome.delivered).length} delivered, ${of(Outcome.bounced).length} bounced, ${of(Outcome.failed).length} failed, ${unknown.length} unknown`,
    `dots without a reply: ${ambiguous}, at most ${mostAmbiguous} possible; bulk ends as unknown (${unknown.filter((a) => times(a) > 0).length} of ${unknown.length} were taken), transactional mail is sent again`,
    `taken more than once, each after a dot without a reply: ${repeats.length}${list(repeats.map((a) => `${a.recipient} ×${times(a)}`))}`,
    ...Object.entries(faults).map(([what, found]) => `${found.length === 0 ? '✓' : '✗'} ${what}: ${found.length}${list(found)}`),
  ];
  return { isGood: Object.values(faults).every((found) => found.length === 0), text: lines.join('\n') };
}

function list(names: readonly string[]): string {
  return names.length === 0 ? '' : `\n    ${names.join(', ')}`;
}
