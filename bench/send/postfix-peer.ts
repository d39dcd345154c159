import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { OpenDkim } from '#testing/opendkim';
import { Postfix } from '#testing/postfix';
import { type PeerMessage, mailOf, sendingDomain } from './messages.js';
import { type ReadyMessage, dotStuffed, sendReady } from './ready-client.js';

export interface PostfixPeerOptions {
  readonly sinkPort: number;
  readonly connections: number;
  readonly messages: readonly PeerMessage[];
  /** PEM; without it there is no OpenDKIM. */
  readonly privateKey?: string | undefined;
  readonly usesTls: boolean;
  /** Where its queue is: on the disk that our own database is on. */
  readonly folder: string;
}

const INJECTIONS = 50;
const GIVE_UP_MS = 120_000;

/**
 * Debian's Postfix with OpenDKIM as the relay that a program with ready messages would use: takes each over SMTP, has it
 * signed, keeps it on disk (with fsync, which Postfix never goes without), and delivers it to the sink. Set up for throughput:
 * as many deliveries at once as Chapar has connections, kept open and used again, nothing looked up, nothing throttled.
 */
export class PostfixPeer {
  private constructor(
    private readonly postfix: Postfix,
    private readonly signer: OpenDkim | undefined,
    private readonly messages: readonly ReadyMessage[],
  ) {}

  static readonly canRun = Postfix.canRun;

  static async start({ sinkPort, connections, messages, privateKey, usesTls, folder }: PostfixPeerOptions): Promise<PostfixPeer> {
    const signer = privateKey ? await OpenDkim.start({ domain: sendingDomain, selector: 'r1', privateKey }) : undefined;
    const postfix = await Postfix.start({
      parent: folder,
      main: {
        ...throughput(connections),
        relayhost: `[127.0.0.1]:${sinkPort}`,
        ...(signer && { smtpd_milters: signer.milter, milter_default_action: 'tempfail' }),
        ...(usesTls && { smtp_tls_security_level: 'encrypt', smtp_tls_connection_reuse: 'yes' }),
      },
      services: ['tlsproxy unix - - n - 0 tlsproxy'],
    });
    return new PostfixPeer(postfix, signer, await Promise.all(messages.map(compose)));
  }

  /** µs of CPU, all processes of both. */
  get cpuMicros(): number {
    return this.postfix.cpuMicros + (this.signer?.cpuMicros ?? 0);
  }

  /** From the first byte in until the sink has taken the last message. @returns seconds */
  async relay(count: number, accepted: () => Promise<number>): Promise<number> {
    const target = (await accepted()) + count;
    const startedAt = performance.now();
    await sendReady({ port: this.postfix.port, messages: this.messages, connections: INJECTIONS, count });
    for (;;) {
      if ((await accepted()) >= target) break;
      if (performance.now() - startedAt > GIVE_UP_MS) throw new Error(`Postfix does not deliver:\n${this.postfix.log.slice(-2_000)}`);
      await sleep(10);
    }
    return (performance.now() - startedAt) / 1000;
  }

  async stop(): Promise<void> {
    await this.postfix.stop();
    await this.signer?.stop();
  }
}

/** What its documents (TUNING_README) and those of its parameters recommend where throughput is all that counts. */
function throughput(connections: number): Record<string, string | number> {
  return {
    default_process_limit: Math.max(200, connections + 50),
    default_destination_concurrency_limit: connections,
    initial_destination_concurrency: connections,
    smtp_connection_cache_destinations: '',
    smtp_connection_cache_on_demand: 'yes',
    smtp_connection_reuse_time_limit: '600s',
    smtp_connection_reuse_count_limit: 0,
    qmgr_message_active_limit: 20_000,
    in_flow_delay: 0,
    smtpd_client_connection_count_limit: 0,
    smtpd_client_connection_rate_limit: 0,
    smtpd_peername_lookup: 'no',
    max_use: 1_000,
    // The disk of a bench is never full, and looking costs a call for each message.
    queue_minfree: 0,
  };
}

async function compose(message: PeerMessage): Promise<ReadyMessage> {
  const content = await new MailComposer({ ...mailOf(message), newline: '\r\n' }).compile().build();
  return { mailFrom: message.envelopeFrom, rcptTo: message.to, data: dotStuffed(content) };
}
