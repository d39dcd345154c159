import { Outcome } from '#base/contracts';

/** What our ledger says of one recipient. */
export interface Account {
  readonly recipient: string;
  readonly isBulk: boolean;
  /** Of the last attempt of ours; null: none was recorded. */
  readonly outcome: Outcome | null;
  /** How often it was recorded as delivered. */
  readonly delivered: number;
  /** Attempts recorded as complete but unanswered, and sent again. */
  readonly ambiguous: number;
  /** Late bounces recorded. */
  readonly lateBounces: number;
}

/** What the servers took for one recipient. */
export interface Taken {
  readonly times: number;
  readonly messageIds: ReadonlySet<string>;
}

/** The campaign's counters of bulk mail, by metric. */
export type Counted = Readonly<Partial<Record<'accepted' | 'bounced' | 'failed' | 'unknown' | 'suppressed' | 'late_bounced', number>>>;

export interface Campaign {
  readonly accounts: readonly Account[];
  /** How many were to be written to. */
  readonly addressees: { readonly bulk: number; readonly orders: number };
  readonly taken: ReadonlyMap<string, Taken>;
  readonly counted: Counted;
  /** Reports that our MX took, by the recipient they are about. */
  readonly lateBounces: ReadonlyMap<string, number>;
  /** Processes that ended although nobody killed them. */
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
export function reconcile(campaign: Campaign): Verdict {
  const { accounts, addressees, taken, lateBounces, counted, deaths, mostAmbiguous } = campaign;
  const times = ({ recipient }: Account) => taken.get(recipient)?.times ?? 0;
  const known = new Set(accounts.map(({ recipient }) => recipient));
  const of = (wanted: Outcome, from = accounts) => from.filter(({ outcome }) => outcome === wanted);
  const repeats = accounts.filter((a) => times(a) > 1);
  const unknown = of(Outcome.unknown);
  const ambiguous = accounts.reduce((sum, a) => sum + a.ambiguous, unknown.length);
  const bulk = accounts.filter(({ isBulk }) => isBulk);
  // A report that comes back for a message without a known outcome proves that it was taken.
  const proven = of(Outcome.unknown, bulk).filter((a) => a.lateBounces > 0).length;
  const expected = {
    accepted: of(Outcome.delivered, bulk).length + proven,
    bounced: of(Outcome.bounced, bulk).length,
    failed: of(Outcome.failed, bulk).length,
    unknown: of(Outcome.unknown, bulk).length - proven,
    suppressed: of(Outcome.suppressed, bulk).length,
    late_bounced: bulk.filter((a) => a.lateBounces > 0).length,
  };
  const names = (found: readonly Account[]) => found.map(({ recipient }) => recipient);
  const different = (what: string, found: number, wanted: number) => (found === wanted ? [] : [`${found} ${what} instead of ${wanted}`]);
  const faults: Record<string, readonly string[]> = {
    'not everybody is in the ledger': [
      ...different('readers of the campaign', bulk.length, addressees.bulk),
      ...different('orders', accounts.length - bulk.length, addressees.orders),
    ],
    'in the ledger twice': accounts.length === known.size ? [] : [`${accounts.length - known.size} of them`],
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
    'late bounces that our MX took and nobody recorded': names(accounts.filter((a) => lateBounces.has(a.recipient) && a.lateBounces === 0)),
    'late bounces recorded more than once': names(accounts.filter((a) => a.lateBounces > 1)),
    'processes that died by themselves': deaths,
    'more unanswered dots than connections that were cut': ambiguous > mostAmbiguous ? [`${ambiguous} > ${mostAmbiguous}`] : [],
  };
  const lines = [
    '',
    `${accounts.length} recipients: ${of(Outcome.delivered).length} delivered, ${of(Outcome.bounced).length} bounced, ${of(Outcome.failed).length} failed, ${unknown.length} unknown; ${accounts.filter((a) => a.lateBounces > 0).length} came back later`,
    `dots without a reply: ${ambiguous}, at most ${mostAmbiguous} possible; bulk ends as unknown (${unknown.filter((a) => times(a) > 0).length} of ${unknown.length} were taken), transactional mail is sent again`,
    `taken more than once, each after a dot without a reply: ${repeats.length}${list(repeats.map((a) => `${a.recipient} ×${times(a)}`))}`,
    ...Object.entries(faults).map(([what, found]) => `${found.length === 0 ? '✓' : '✗'} ${what}: ${found.length}${list(found)}`),
  ];
  return { isGood: Object.values(faults).every((found) => found.length === 0), text: lines.join('\n') };
}

function list(names: readonly string[]): string {
  return names.length === 0 ? '' : `\n    ${names.join(', ')}`;
}
