import { Actor, EventKind } from '#base/contracts';

/** What is known when an open or a click comes in. */
export interface Observation {
  readonly kind: typeof EventKind.open | typeof EventKind.click;
  readonly method: string;
  readonly userAgent: string;
  /** Milliseconds since the receiving server took the message; undefined when that is not known yet. */
  readonly sinceDeliveryMs: number | undefined;
  /** Distinct links of the same delivery that were clicked within the burst window, this one included. */
  readonly linksInBurst: number;
  /** Links the message has. */
  readonly linksInMessage: number;
}

export interface Judgement {
  readonly actor: Actor;
  /** For people: shown beside the event. */
  readonly reason: string;
}

export interface ActorPolicyOptions {
  /** A machine that checks mail on arrival fetches it within this time of delivery. */
  readonly instantMs: number;
  /** Clicks on several links within this time are one burst. */
  readonly burstWindowMs: number;
}

export const defaultActorPolicy: ActorPolicyOptions = { instantMs: 2_000, burstWindowMs: 2_000 };

/** Programs that fetch on behalf of nobody, by a part of their user agent. */
const machineAgents: readonly (readonly [RegExp, string])[] = [
  [
    /barracuda|mimecast|proofpoint|fireeye|trendmicro|symantec|forcepoint|sophos|zscaler|ironport|messagelabs|safelinks|urldefense|cisco-?email/i,
    'a mail security scanner',
  ],
  [/bot\b|crawler|spider|slurp|preview|facebookexternalhit|whatsapp|telegram|slackbot|skypeuri/i, 'a link preview or crawler'],
  [/headlesschrome|phantomjs|puppeteer|playwright|selenium/i, 'an automated browser'],
  [/^(curl|wget|python|go-http|java\/|okhttp|libwww|axios|node-fetch|undici|ruby|perl|php|apache-httpclient)/i, 'a program, not a browser'],
];

/** Image proxies that fetch when a person opens the mail; the person is real although the address is the proxy's. */
const proxyAgents = /GoogleImageProxy|YahooMailProxy|OutlookImageProxy/i;

/**
 * Tells a person from a program. A wrong "machine" hides a reader and a wrong "human" flatters a report, so only plain
 * signs count, each with its reason; the event keeps its user agent and can be judged again.
 */
export function judgeActor(seen: Observation, options: ActorPolicyOptions = defaultActorPolicy): Judgement {
  const agent = seen.userAgent.trim();
  if (seen.method === 'HEAD') return machine('it asked only for the headers (HEAD)');
  if (agent === '') return machine('it sent no user agent');
  const known = machineAgents.find(([pattern]) => pattern.test(agent));
  if (known) return machine(`its user agent is ${known[1]}`);
  if (seen.kind === EventKind.open) return judgeOpen(agent, seen, options);
  return judgeClick(seen, options);
}

function judgeOpen(agent: string, seen: Observation, options: ActorPolicyOptions): Judgement {
  // Apple Mail Privacy Protection loads every image through a proxy that sends exactly this, opened or not.
  if (agent === 'Mozilla/5.0') return machine('a privacy proxy loads images whether or not the mail is read');
  if (proxyAgents.test(agent)) return { actor: Actor.human, reason: 'an image proxy that loads when a person opens the mail' };
  if (isInstant(seen, options)) return machine('it came within moments of delivery, before anyone could read it');
  return { actor: Actor.human, reason: 'a mail program or browser' };
}

function judgeClick(seen: Observation, options: ActorPolicyOptions): Judgement {
  if (isBurst(seen)) return machine(`it followed ${seen.linksInBurst} links at once`);
  if (isInstant(seen, options)) return machine('it came within moments of delivery, before anyone could read it');
  return { actor: Actor.human, reason: 'a browser' };
}

/** A person follows one link at a time; three at once, or all of two, are a scanner's. */
export function isBurst(seen: Pick<Observation, 'linksInBurst' | 'linksInMessage'>): boolean {
  return seen.linksInBurst >= 3 || (seen.linksInBurst >= 2 && seen.linksInBurst >= seen.linksInMessage);
}

function isInstant(seen: Observation, options: ActorPolicyOptions): boolean {
  return seen.sinceDeliveryMs !== undefined && seen.sinceDeliveryMs < options.instantMs;
}

function machine(reason: string): Judgement {
  return { actor: Actor.machine, reason };
}
