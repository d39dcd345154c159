import { type SimulatedProviderName, simulatedProviderOf } from './sandbox-next-hops.js';
import { Dice } from './seeded.js';

/** What becomes of mail to one address, before it is accepted. */
export type Reception = 'accept' | 'unknown-user' | 'mailbox-full' | 'inactive' | 'spam' | 'greylist' | 'busy' | 'always-deferred';

/** What an address does with mail it got. Times are simulated seconds after delivery. */
export interface Reactions {
  /** The server took the message and sends it back later. */
  readonly lateBounce: number | undefined;
  readonly complaint: number | undefined;
  /** A privacy proxy loads the pixel. */
  readonly proxyOpen: number | undefined;
  /** A scanner follows every link. */
  readonly scan: number | undefined;
  readonly opens: readonly number[];
  readonly clicks: readonly number[];
  readonly unsubscribe: { readonly at: number; readonly isOneClick: boolean } | undefined;
  readonly autoReply: number | undefined;
  readonly reply: number | undefined;
}

export interface Fate {
  readonly reception: Reception;
  readonly reactions: Reactions;
}

/** Shares of addresses. Each is of all mail, or of what the name says it depends on. */
export interface BehaviourRates {
  readonly unknownUser: number;
  readonly inactive: number;
  readonly mailboxFull: number;
  readonly spam: number;
  readonly greylist: number;
  readonly busy: number;
  readonly lateBounce: number;
  readonly complaint: number;
  readonly open: number;
  readonly clickOfOpeners: number;
  readonly unsubscribe: number;
  readonly autoReply: number;
  readonly reply: number;
}

export const defaultRates: BehaviourRates = {
  unknownUser: 0.012,
  inactive: 0.003,
  mailboxFull: 0.004,
  spam: 0.002,
  greylist: 0.03,
  busy: 0.01,
  lateBounce: 0.005,
  complaint: 0.0015,
  open: 0.35,
  clickOfOpeners: 0.15,
  unsubscribe: 0.004,
  autoReply: 0.007,
  reply: 0.004,
};

/** How many of a provider's mailboxes sit behind a privacy proxy, or a scanner that follows links. */
const machines: Readonly<Record<SimulatedProviderName, { readonly proxy: number; readonly scanner: number }>> = {
  google: { proxy: 0.02, scanner: 0 },
  yahoo: { proxy: 0.02, scanner: 0 },
  'outlook-consumer': { proxy: 0.02, scanner: 0.05 },
  icloud: { proxy: 0.7, scanner: 0 },
  gmx: { proxy: 0.02, scanner: 0 },
  regional: { proxy: 0, scanner: 0 },
  chapar: { proxy: 0, scanner: 0 },
  business: { proxy: 0.03, scanner: 0.3 },
};

const HOUR = 3600;
const none: Reactions = {
  lateBounce: undefined,
  complaint: undefined,
  proxyOpen: undefined,
  scan: undefined,
  opens: [],
  clicks: [],
  unsubscribe: undefined,
  autoReply: undefined,
  reply: undefined,
};

/** The fate of a message of one kind (`about`, such as a campaign) at an address: the same whenever it is asked. */
export function fateOf(seed: string, address: string, about: string, rates: BehaviourRates = defaultRates): Fate {
  const [localPart, domain] = [address.slice(0, address.lastIndexOf('@')), address.slice(address.lastIndexOf('@') + 1)];
  const fixed = domain === 'simulator.chapar.test' ? fixedFate(localPart.split('+')[0]!) : undefined;
  if (fixed) return fixed;
  const provider = simulatedProviderOf(domain).name;
  // Whether a mailbox exists does not depend on the message; what its owner does with it does.
  const reception = receptionOf(new Dice(seed, 'mailbox', address), provider, rates);
  const isTaken = reception === 'accept' || reception === 'greylist' || reception === 'busy';
  return { reception, reactions: isTaken ? reactionsOf(seed, address, about, provider, rates) : none };
}

/** The reserved addresses of simulator.chapar.test; any other local part behaves like a person. */
function fixedFate(name: string): Fate | undefined {
  switch (name) {
    case 'delivered':
      return { reception: 'accept', reactions: none };
    case 'bounced':
      return { reception: 'unknown-user', reactions: none };
    case 'suppressed':
      return { reception: 'inactive', reactions: none };
    case 'deferred':
      return { reception: 'always-deferred', reactions: none };
    case 'complained':
      return { reception: 'accept', reactions: { ...none, opens: [30], complaint: 60 } };
    case 'opened':
      return { reception: 'accept', reactions: { ...none, opens: [30] } };
    default:
      return undefined;
  }
}

function receptionOf(dice: Dice, provider: SimulatedProviderName, rates: BehaviourRates): Reception {
  // Small servers greylist, large providers do not.
  const greylist = provider === 'business' || provider === 'regional' ? rates.greylist * 5 : 0;
  const shares: readonly (readonly [Reception, number])[] = [
    ['unknown-user', rates.unknownUser],
    ['inactive', rates.inactive],
    ['mailbox-full', rates.mailboxFull],
    ['spam', rates.spam],
    ['busy', rates.busy],
    ['greylist', greylist],
  ];
  let rest = dice.number(0);
  for (const [reception, share] of shares) {
    if (rest < share) return reception;
    rest -= share;
  }
  return 'accept';
}

function reactionsOf(seed: string, address: string, about: string, provider: SimulatedProviderName, rates: BehaviourRates): Reactions {
  const dice = new Dice(seed, 'person', address, about);
  const mood = new Dice(seed, 'mood', address, about);
  if (dice.says(0, rates.lateBounce)) return { ...none, lateBounce: dice.longTailed(1, 300) };
  const { proxy, scanner } = machines[provider];
  const hasOpened = dice.says(2, rates.open);
  const first = dice.longTailed(3, 2 * HOUR) + 120;
  const opens = hasOpened ? [first, ...(dice.says(4, 0.25) ? [first + dice.longTailed(5, 5 * HOUR)] : [])] : [];
  const hasClicked = hasOpened && dice.says(6, rates.clickOfOpeners);
  // The second click comes minutes after the first: a person reads in between.
  const clicks = hasClicked ? [first + 45, ...(dice.says(7, 0.3) ? [first + 45 + 300] : [])] : [];
  const end = first + 600;
  return {
    lateBounce: undefined,
    complaint: mood.says(0, rates.complaint) ? end : undefined,
    proxyOpen: mood.says(1, proxy) ? mood.number(2) * 60 : undefined,
    scan: mood.says(3, scanner) ? 5 + mood.number(2) * 20 : undefined,
    opens,
    clicks,
    unsubscribe: mood.says(4, rates.unsubscribe) ? { at: end + 60, isOneClick: mood.number(5) < 0.7 } : undefined,
    autoReply: mood.says(6, rates.autoReply) ? 5 + mood.number(5) * 60 : undefined,
    reply: mood.says(7, rates.reply) ? end + mood.longTailed(5, HOUR) : undefined,
  };
}
