import { Report, median, option } from '../support/report.js';
import { type Sender, say, withSenders } from './senders.js';

/** Where the share of each connection is measured: few enough that nothing but the path limits anybody. */
const FEW = 20;
/** And no more than this are tried. */
const MOST = 500;
/** So many over each connection are enough for what happens as it opens not to count. */
const MESSAGES_EACH = 20;

interface Found {
  readonly perConnection: number;
  /** What came of each number of connections that was tried. */
  readonly tried: readonly { readonly connections: number; readonly perSecond: number }[];
}

/**
 * Each sender's rate per connection where only the path limits it, and then over the connections that its goal takes by that,
 * and over more where this machine was not quick enough. Every answer of the sink is held back for the round trip, so that a
 * sender pays for each time it waits; the window of TCP, which a long path fills slowly, is not part of it.
 */
export async function compareRoundTrips(): Promise<void> {
  const roundTripMs = option('round-trip', 100);
  const goal = option('goal', 1_000);
  const rounds = option('rounds', 3);
  const setting = { name: 'send-rtt', size: 'small', contacts: MOST * MESSAGES_EACH, isSigned: true, usesTls: false, roundTripMs } as const;
  const report = new Report(setting.name, { 'round trip, ms': roundTripMs, goal, 'messages for each connection': MESSAGES_EACH, rounds });
  const found = new Map<string, Found>();
  const measure = async (who: string, sender: Sender | undefined) => {
    if (!sender) return report.note(`${who} cannot run here: it wants root, and packages of Debian`);
    found.set(who, await search(sender, { goal, rounds, tell: (line) => report.note(`${who}: ${line}`) }));
  };
  await withSenders(setting, async ({ chapar, nodemailer, postfix }) => {
    await measure('Chapar', chapar);
    await measure('nodemailer', nodemailer);
    await measure('Postfix', postfix);
  });
  // The peers know no BDAT.
  await withSenders({ ...setting, offersChunking: true }, ({ chapar }) => measure('Chapar with CHUNKING', chapar));
  const ours = found.get('Chapar')!.perConnection;
  for (const [who, { perConnection, tried }] of found) {
    const isPeer = !who.startsWith('Chapar');
    report.figure(
      `${who}, by the path alone`,
      goal / perConnection,
      `connections for ${goal}/s`,
      isPeer ? { ahead: perConnection / ours } : {},
    );
    const enough = tried.find(({ perSecond }) => perSecond >= goal);
    const best = tried.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
    if (enough) report.figure(`${who}, on this machine`, enough.connections, `connections made ${Math.round(enough.perSecond)}/s`);
    else report.figure(`${who}, on this machine`, best.perSecond, `messages/s at most, over ${best.connections} connections`);
  }
  report.print();
}

async function search(sender: Sender, options: { goal: number; rounds: number; tell: (line: string) => void }): Promise<Found> {
  const { goal, rounds, tell } = options;
  const tried: { connections: number; perSecond: number }[] = [];
  const measure = async (connections: number) => {
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const run = await sender(connections, connections * MESSAGES_EACH);
      tell(`${connections} connections ${say(run)}`);
      rates.push(run.perSecond);
    }
    tried.push({ connections, perSecond: median(rates) });
    return median(rates);
  };
  // What a process needs to wake up counts for nobody.
  await sender(FEW, FEW * MESSAGES_EACH);
  const perConnection = (await measure(FEW)) / FEW;
  for (let connections = Math.ceil(goal / perConnection); connections <= MOST; connections = Math.ceil(connections * 1.4)) {
    const before = Math.max(...tried.map(({ perSecond }) => perSecond));
    const perSecond = await measure(connections);
    // It is not the path any more that limits it.
    if (perSecond >= goal || perSecond < before * 1.1) break;
  }
  return { perConnection, tried };
}
