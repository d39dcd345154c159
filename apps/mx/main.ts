import { statfs } from 'node:fs/promises';
import 'reflect-metadata';
import { ApiKeyService, accountsEntities } from '#domain/accounts';
import { nextHopsFor } from '#domain/deliverability';
import { InboundIntake, InboundRecipients } from '#domain/feedback';
import { AppPasswords, MailRecipients, MailSignIn } from '#domain/mailstore';
import { MessageAcceptor, SubmissionIntake, messagesEntities } from '#domain/messages';
import { SiteDirectory } from '#domain/sending';
import { TrackingTokens } from '#domain/tracking';
import { systemResolver } from '#net/dns';
import { type SmtpListenerOptions, startSmtpListener } from '#net/smtp-listener';
import { openBlobStore } from '#platform/blobs';
import { openJobTransport } from '#platform/jobs';
import { runRole } from '#platform/nest';
import { loadTlsCertificate } from '#platform/tls';
import { isLoopback, mxPolicy } from './mx-policy.js';
import { signIn, submissionPolicy, submissionRate } from './submission-policy.js';

const MAX_INCOMING_BYTES = 25 * 1024 * 1024;
const MAX_SUBMITTED_BYTES = 40 * 1024 * 1024;
const SUBMISSION_LIMITS = { maxRecipients: 1_000, maxConnections: 1_000, maxConnectionsPerAddress: 200 } as const;
/** Kept free for the database and the queue, which need the disk more than strangers' mail does. */
const MIN_FREE_BYTES = 256 * 1024 * 1024;
const DRAIN_MS = 5_000;

await runRole({
  name: 'mx',
  entities: [...accountsEntities, ...messagesEntities],
  async start({ config, databaseUrl, dataSource, logger, secrets }) {
    const jobs = await openJobTransport({ databaseUrl, redisUrl: config.redisUrl, logger });
    const recipients = new InboundRecipients(dataSource, new TrackingTokens(secrets.deriveKey('tracking')), new MailRecipients(dataSource));
    const blobs = openBlobStore(config.blobUrl, config.dataDir);
    const intake = new InboundIntake(dataSource, recipients, blobs, jobs, logger);
    const delivery = config.delivery ?? 'sandbox';
    const acceptor = new MessageAcceptor({ dataSource, sites: new SiteDirectory(dataSource, nextHopsFor(config)), blobs, delivery });
    // In the sandbox all the world's mail servers are the simulator on this machine.
    const isTrustedPeer = delivery === 'live' ? () => false : isLoopback;
    const submitted = new SubmissionIntake(acceptor);
    const common = { bind: config.bind, hostname: config.hostname, tls: await loadTlsCertificate(config), logger };
    const keys = new ApiKeyService(dataSource);
    const appPasswordKey = secrets.deriveKey('app-passwords');
    const mailboxes = new MailSignIn(dataSource, new AppPasswords(dataSource, appPasswordKey), appPasswordKey);
    const mayBegin = submissionRate(config.apiRate);
    const submission = (port: number, isImplicitTls: boolean): SmtpListenerOptions => ({
      ...common,
      port,
      maxSizeBytes: MAX_SUBMITTED_BYTES,
      limits: SUBMISSION_LIMITS,
      policy: submissionPolicy(submitted),
      submission: { authenticate: signIn(keys, mailboxes), mayBegin, isImplicitTls },
    });
    const listeners = await Promise.all([
      startSmtpListener({
        ...common,
        port: config.mxPort,
        maxSizeBytes: MAX_INCOMING_BYTES,
        policy: mxPolicy({
          recipients,
          intake,
          hasRoom: () => hasRoom(config.dataDir),
          dns: systemResolver(config.dnsServers),
          dmarc: config.dmarc,
          isTrustedPeer,
        }),
        isTrustedPeer,
      }),
      startSmtpListener(submission(config.submissionPort, false)),
      startSmtpListener(submission(config.submissionsPort, true)),
    ]);
    const [mx, starttls, implicit] = listeners.map(({ port }) => port);
    return {
      summary: `bounces, complaints and replies on port ${mx}; submission on ${starttls} (STARTTLS) and ${implicit} (TLS)`,
      async close() {
        await Promise.all(listeners.map((listener) => listener.close()));
        await jobs.close({ drainMs: DRAIN_MS });
      },
    };
  },
});

async function hasRoom(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= MIN_FREE_BYTES;
}
