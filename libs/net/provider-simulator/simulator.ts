import { createHash } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import nodemailer from 'nodemailer';
import { generate } from 'selfsigned';
import { type Logger, messageOf } from '#base/kernel';
import type { NextHopResolver } from '#net/dns';
import { dialects } from './dialects.js';
import { type BehaviourRates, type Reactions, defaultRates } from './fate.js';
import { ProviderListener } from './provider-listener.js';
import { type AcceptedMessage, type ProviderCounters, ProviderMailboxes } from './provider-mailboxes.js';
import { ReactionQueue } from './reaction-queue.js';
import { type MessageFacts, readMessage } from './read-message.js';
import { type ReturnMail, autoReply, complaint, lateBounce, personReply } from './return-mail.js';
import { type SimulatedProviderName, sandboxNextHop, simulatedProviderOf, simulatedProviders } from './sandbox-next-hops.js';
import { Dice } from './seeded.js';
import { SimulatorLog, type SimulatorLogEntry } from './simulator-log.js';
import { PRIVACY_PROXY_AGENT, WebVisitor, humanAgents, scannerAgents, webmailProxyAgents } from './web-visitor.js';

export interface SimulatorOptions {
  readonly seed: string;
  /** First of the ports; 0 lets the system choose each. */
  readonly basePort: number;
  readonly host?: string;
  /** Where reports and replies are sent by SMTP. */
  readonly mx: { readonly host: string; readonly port: number };
  /** The only origin that simulated people visit. */
  readonly publicUrl: string;
  /** Simulated seconds per real second. */
  readonly timeScale: number;
  readonly rates?: Partial<BehaviourRates>;
  /** Messages a second that a provider takes before it asks to slow down. */
  readonly maxPerSecond?: Partial<Record<SimulatedProviderName, number>>;
  /** A file that gets a line for each message taken, before it is acknowledged, and for each that our MX took in return. */
  readonly logFile?: string | undefined;
  readonly logger: Logger;
}

export interface SimulatorStats {
  readonly providers: Readonly<Record<string, ProviderCounters>>;
  readonly accepted: number;
  /** Messages taken with a Message-ID that was taken before for the same recipient. */
  readonly acceptedTwice: number;
  readonly reactionsDone: number;
  readonly pendingReactions: number;
  readonly failedReactions: number;
}

const defaultMaxPerSecond: Readonly<Record<SimulatedProviderName, number>> = {
  google: 600,
  yahoo: 300,
  'outlook-consumer': 300,
  icloud: 300,
  gmx: 150,
  regional: 300,
  chapar: 10_000,
  business: 1000,
};
const MAX_CONNECTIONS = 50;
const REACTION_CONCURRENCY = 24;

type ReturnKind = Extract<SimulatorLogEntry, { returned: string }>['returned'];

/** Mailbox providers on loopback and the people behind them. */
export class Simulator {
  private readonly listeners: ProviderListener[] = [];
  private readonly mailboxes = new Map<SimulatedProviderName, ProviderMailboxes>();
  private readonly reactions: ReactionQueue;
  private readonly web: WebVisitor;
  private readonly mailer: ReturnType<typeof createMailer>;
  private readonly taken = new Set<string>();
  private readonly log: SimulatorLog | undefined;
  private acceptedTwice = 0;
  private failed = 0;

  private constructor(private readonly options: SimulatorOptions) {
    this.web = new WebVisitor(options.publicUrl);
    this.mailer = createMailer(options.mx);
    this.log = options.logFile === undefined ? undefined : new SimulatorLog(options.logFile);
    this.reactions = new ReactionQueue(REACTION_CONCURRENCY, (error) => {
      this.failed++;
      options.logger.warn({ reason: messageOf(error) }, 'a simulated person could not do what they wanted');
    });
  }

  static async start(options: SimulatorOptions): Promise<Simulator> {
    const simulator = new Simulator(options);
    try {
      await simulator.listen();
      return simulator;
    } catch (error) {
      await simulator.close();
      throw error;
    }
  }

  /** Leads to the listeners of this very simulator, also when the system chose the ports. */
  get nextHops(): NextHopResolver {
    return {
      resolve: (domain) =>
        Promise.resolve(sandboxNextHop(domain.toLowerCase(), (provider) => this.listeners[simulatedProviders.indexOf(provider)]!.port)),
    };
  }

  stats(): SimulatorStats {
    const providers = Object.fromEntries([...this.mailboxes].map(([name, mailboxes]) => [name, { ...mailboxes.counters }]));
    return {
      providers,
      accepted: Object.values(providers).reduce((sum, counters) => sum + counters.accepted, 0),
      acceptedTwice: this.acceptedTwice,
      reactionsDone: this.reactions.done,
      pendingReactions: this.reactions.pending,
      failedReactions: this.failed,
    };
  }

  async close(): Promise<void> {
    this.reactions.close();
    this.mailer.close();
    await Promise.all(this.listeners.map((listener) => listener.close()));
    this.log?.close();
  }

  private async listen(): Promise<void> {
    const { seed, basePort, host = '127.0.0.1', timeScale, rates, maxPerSecond } = this.options;
    const pem = await generate([{ name: 'commonName', value: 'simulator.chapar.test' }], { keyType: 'ec', curve: 'P-256' });
    const secureContext = createSecureContext({ key: pem.private, cert: pem.cert });
    for (const [i, provider] of simulatedProviders.entries()) {
      const dialect = dialects[provider.name];
      const policy = new ProviderMailboxes({
        seed,
        dialect,
        rates: { ...defaultRates, ...rates },
        maxPerSecond: maxPerSecond?.[provider.name] ?? defaultMaxPerSecond[provider.name],
        timeScale,
        now: Date.now,
        onAccepted: (message) => this.onAccepted(message),
      });
      this.mailboxes.set(provider.name, policy);
      this.listeners.push(
        await ProviderListener.open({
          host,
          port: basePort === 0 ? 0 : basePort + i,
          hostname: provider.mxHost,
          dialect,
          policy,
          secureContext,
          maxConnections: MAX_CONNECTIONS,
        }),
      );
    }
  }

  private onAccepted(message: AcceptedMessage): void {
    const { reactions } = message;
    const isSilent = Object.values(reactions).every((value) => value === undefined || (Array.isArray(value) && value.length === 0));
    const facts = isSilent ? undefined : readMessage(message.content, this.options.publicUrl);
    this.note(message);
    if (facts) this.plan(message, facts, reactions);
  }

  private note({ recipient, sender, content }: AcceptedMessage): void {
    const head = content.toString('latin1', 0, Math.min(content.length, 16_384));
    const messageId = /\r\nMessage-ID:\s*(\S+)/i.exec(head)?.[1] ?? '';
    this.log?.write({ took: recipient, messageId, sender });
    // Twelve bytes a message: a million fit easily, and a collision is out of the question.
    const key = createHash('sha256').update(`${recipient} ${messageId}`).digest('base64').slice(0, 16);
    if (this.taken.has(key)) this.acceptedTwice++;
    this.taken.add(key);
  }

  private plan(message: AcceptedMessage, facts: MessageFacts, reactions: Reactions): void {
    const { recipient } = message;
    const provider = simulatedProviderOf(recipient.slice(recipient.lastIndexOf('@') + 1)).name;
    const person = new Dice('agent', recipient);
    const agent = person.pick(0, humanAgents);
    const originalHead = message.content.toString('latin1', 0, message.content.indexOf('\r\n\r\n') + 2);
    const at = (seconds: number, run: () => Promise<void>) =>
      this.reactions.add({ at: Date.now() + (seconds * 1000) / this.options.timeScale, run });
    const mail = (kind: ReturnKind, make: (context: Parameters<typeof lateBounce>[0]) => ReturnMail) => async () => {
      await this.send(
        make({
          recipient,
          sender: message.sender,
          facts,
          originalHead,
          date: new Date(),
          boundary: boundaryOf(recipient, facts.messageId),
        }),
      );
      this.log?.write({ returned: kind, from: recipient });
    };

    if (reactions.lateBounce !== undefined)
      at(
        reactions.lateBounce,
        mail('late-bounce', (context) => lateBounce(context, provider)),
      );
    if (reactions.complaint !== undefined)
      at(
        reactions.complaint,
        mail('complaint', (context) => complaint(context, provider)),
      );
    if (reactions.autoReply !== undefined) at(reactions.autoReply, mail('auto-reply', autoReply));
    if (reactions.reply !== undefined) at(reactions.reply, mail('reply', personReply));
    const { pixelUrl, links, oneClickUrl } = facts;
    if (pixelUrl !== undefined) {
      if (reactions.proxyOpen !== undefined) at(reactions.proxyOpen, () => this.web.get(pixelUrl, PRIVACY_PROXY_AGENT));
      for (const open of reactions.opens) at(open, () => this.web.get(pixelUrl, webmailProxyAgents[provider] ?? agent));
    }
    if (reactions.scan !== undefined) {
      const scanner = person.pick(1, scannerAgents);
      at(reactions.scan, async () => void (await Promise.all(links.map((link) => this.web.get(link, scanner)))));
    }
    for (const [i, click] of reactions.clicks.entries()) {
      const link = links[Math.floor(person.number(2 + i) ** 2 * links.length)];
      if (link !== undefined) at(click, () => this.web.get(link, agent));
    }
    const { unsubscribe } = reactions;
    if (unsubscribe && oneClickUrl !== undefined)
      at(unsubscribe.at, () =>
        unsubscribe.isOneClick ? this.web.postOneClick(oneClickUrl) : this.web.pressUnsubscribe(oneClickUrl, agent),
      );
  }

  private async send({ envelopeFrom, envelopeTo, raw }: ReturnMail): Promise<void> {
    await this.mailer.sendMail({ envelope: { from: envelopeFrom, to: envelopeTo }, raw });
  }
}

/** Mail back to the sender goes over real SMTP; a busy MX is tried again by the pool's next turn. */
function createMailer(mx: SimulatorOptions['mx']) {
  return nodemailer.createTransport({
    host: mx.host,
    port: mx.port,
    pool: true,
    maxConnections: 4,
    secure: false,
    ignoreTLS: true,
    name: 'mx.simulator.chapar.test',
  });
}

function boundaryOf(recipient: string, messageId: string): string {
  return createHash('sha256').update(`${recipient} ${messageId}`).digest('hex').slice(0, 24);
}
