import { Report, median, option } from '../support/report.js';
import { type Sender, withSenders } from './senders.js';

/** Where the share of each connection is measured: few enough that nothing but the path limits anybody. */
const FEW = 20;
/** And no more than this are tried. */
const MOST = 1_000;

interface Found {
  readonly perConnection: number;
  /** What came of each number of connections that was tried. */
  readonly tried: readonly { readonly connections: number; readonly perSecond: number }[];
}

/**
 * Each sender's rate per connection where only the path limits it, and then the connections that its goal takes by that, and
 * more where this machine was not quick enough. Every answer of the sink is held back for the round trip, so that a sender pays
 * for each time it waits; the window of TCP, which a long path fills slowly, is not part of it.
 */
export async function compareRoundTrips(): Promise<void> {
  const roundTripMs = option('round-trip', 100);
  const goal = option('goal', 1_000);
  const messages = option('messages', 2_000);
  const peerMessages = option('peer-messages', 600);
  const rounds = option('rounds', 5);
  const setting = { name: 'send-rtt', size: 'small', messages, peerMessages, isSigned: true, usesTls: false, roundTripMs } as const;
  await withSenders(setting, async (senders) => {
    const report = new Report(setting.name, {
      'round trip, ms': roundTripMs,
      goal,
      messages,
      'messages of the peers': peerMessages,
      rounds,
    });
    const found = new Map<string, Found>();
    for (const [who, sender] of [
      ['Chapar', senders.chapar],
      ['nodemailer', senders.nodemailer],
      ['Postfix', senders.postfix],
    ] as const) {
      if (!sender) report.note(`${who} cannot run here: it wants root, and packages of Debian`);
      else {
        const result = await search(sender, goal, rounds);
        found.set(who, result);
        report.note(
          `${who}: ${result.tried.map(({ connections, perSecond }) => `${connections} connections ${Math.round(perSecond)}/s`).join(', ')}`,
        );
      }
    }
    const ours = found.get('Chapar')!.perConnection;
    for (const [who, { perConnection, tried }] of found) {
      report.figure(
        `${who}, by the path alone`,
        goal / perConnection,
        `connections for ${goal}/s`,
        who === 'Chapar' ? {} : { ahead: ours / perConnection },
      );
      const enough = tried.find(({ perSecond }) => perSecond >= goal);
      const best = tried.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
      if (enough) report.figure(`${who}, on this machine`, enough.connections, `connections made ${Math.round(enough.perSecond)}/s`);
      else report.figure(`${who}, at most on this machine`, best.perSecond, `messages/s, over ${best.connections} connections`);
    }
    report.print();
  });
}

async function search(sender: Sender, goal: number, rounds: number): Promise<Found> {
  const tried: { connections: number; perSecond: number }[] = [];
  const measure = async (connections: number) => {
    const rates: number[] = [];
    // The first one opens the processes' eyes.
    for (let round = 0; round <= rounds; round++) rates.push((await sender(connections)).perSecond);
    const perSecond = median(rates.slice(1));
    tried.push({ connections, perSecond });
    return perSecond;
  };
  const perConnection = (await measure(FEW)) / FEW;
  for (let connections = Math.ceil(goal / perConnection); connections <= MOST; connections = Math.ceil(connections * 1.5)) {
    const before = Math.max(...tried.map(({ perSecond }) => perSecond));
    const perSecond = await measure(connections);
    // It is not the path any more that limits it.
    if (perSecond >= goal || perSecond < before * 1.1) break;
  }
  return { perConnection, tried };
}
