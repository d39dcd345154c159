import { Report, median, option } from '../support/report.js';
import { rawSmtpPerSecond, signaturesPerSecond, syncsPerSecond } from './limits.js';
import type { NewsletterSize } from './newsletter.js';
import { type Run, type Sender, say, withSenders } from './senders.js';

export interface Comparison {
  readonly name: string;
  readonly size?: NewsletterSize;
  readonly isSigned?: boolean;
  readonly usesTls?: boolean;
  /** By default; the options of the command line come first. */
  readonly messages: number;
  readonly peerMessages: number;
  /** Of nodemailer's and of Postfix's rate. */
  readonly wanted?: number;
}

/**
 * A campaign of personalised newsletters through freeze, queue and engine to a sink on loopback, links rewritten, every outcome
 * durable in PostgreSQL; against nodemailer's pooled transport with DKIM, whose messages come ready-made and which records
 * nothing, and against Postfix with OpenDKIM, which relays the same ready messages through its durable queue. By turns in the
 * same run, each in processes of its own.
 */
export async function compareSenders({ name, size = 'regular', isSigned = true, usesTls = false, ...defaults }: Comparison): Promise<void> {
  const messages = option('messages', defaults.messages);
  const peerMessages = option('peer-messages', Math.min(messages, defaults.peerMessages));
  const rounds = option('rounds', 5);
  const connections = option('connections', 20);
  /** Where the pool is at its best: more connections make it slower. */
  const poolConnections = option('peer-connections', 10);
  const postfixConnections = option('postfix-connections', 50);
  await withSenders({ name, size, contacts: messages, isSigned, usesTls }, async (senders) => {
    const report = new Report(name, {
      messages,
      'messages of the peers': peerMessages,
      'KB of HTML': Math.round(senders.htmlBytes / 102.4) / 10,
      connections,
      'of nodemailer': poolConnections,
      'of Postfix': postfixConnections,
      rounds,
    });
    const turns: [who: string, sender: Sender, connections: number, count: number][] = [
      ['Chapar', senders.chapar, connections, messages],
      ['nodemailer', senders.nodemailer, poolConnections, peerMessages],
      ...(senders.postfix ? [['Postfix', senders.postfix, postfixConnections, peerMessages] as (typeof turns)[number]] : []),
    ];
    if (!senders.postfix) report.note('Postfix cannot run here: it wants root, and packages of Debian');
    const runs = new Map<string, Run[]>(turns.map(([who]) => [who, []]));
    // All of them have been up for a while: what a process needs to warm up is no part of a rate.
    for (let round = 0; round <= rounds; round++) {
      const said: string[] = [];
      for (const [who, sender, width, count] of turns) {
        const run = await sender(width, count);
        said.push(`${who} ${say(run)}`);
        if (round > 0) runs.get(who)!.push(run);
      }
      report.note(`${round === 0 ? 'warming up' : `round ${round}`}: ${said.join('; ')}`);
    }
    const rate = (who: string) => median(runs.get(who)!.map(({ perSecond }) => perSecond));
    // On a machine that others use too, this is the steadier figure of the two.
    const perCpuSecond = (who: string) => 1e6 / median(runs.get(who)!.map(({ cpuMicros }) => cpuMicros));
    const signatures = isSigned ? await signaturesPerSecond() : undefined;
    const ready = await rawSmtpPerSecond({
      port: senders.sinkPort,
      messages: [{ mailFrom: 'a@example.org', rcptTo: 'b@example.net', data: senders.rawMessage }],
      connections,
      count: messages,
    });
    if (signatures) report.limit('RSA-2048 signatures, all cores', signatures);
    report.limit('ready bytes into the sink', ready);
    report.limit('fdatasync of 8 KB, one by one', syncsPerSecond(senders.dataDir));
    report.figure('freeze and queue', median(runs.get('Chapar')!.map(({ frozenPerSecond }) => frozenPerSecond!)), 'deliveries/s');
    report.figure('Chapar', rate('Chapar'), 'messages/s', { limit: signatures ?? ready });
    report.figure('Chapar, of its CPU time', perCpuSecond('Chapar'), 'messages/s of CPU');
    for (const [who] of turns.slice(1)) {
      report.figure(who, rate(who), 'messages/s', { ahead: rate('Chapar') / rate(who), wanted: defaults.wanted });
      report.figure(`${who}, of its CPU time`, perCpuSecond(who), 'messages/s of CPU', {
        ahead: perCpuSecond('Chapar') / perCpuSecond(who),
      });
    }
    report.print();
  });
}
