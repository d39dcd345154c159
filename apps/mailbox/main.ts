import { mailServices } from './mail-services.js';
import { ImapSession } from '#domain/mail-access';
import { mailstoreEntities } from '#domain/mailstore';
import { type TextListenerOptions, startTextListener } from '#net/text-listener';
import { runRole } from '#platform/nest';
import { loadTlsCertificate } from '#platform/tls';

const LIMITS = { maxConnections: 20_000, maxConnectionsPerAddress: 200 } as const;
/** RFC 9051 §5.4 asks for half an hour at least; not a round number, so that both ends do not fire at once. */
const IDLE_MS = 31 * 60_000 + 7_000;

await runRole({
  name: 'mailbox',
  entities: mailstoreEntities,
  poolSize: 12,
  async start(context) {
    const { config, logger } = context;
    const services = mailServices(context);
    await services.beacon.open();
    const tls = await loadTlsCertificate(config);
    const imap = (port: number, isImplicitTls: boolean): TextListenerOptions => ({
      ...LIMITS,
      bind: config.bind,
      port,
      tls,
      isImplicitTls,
      idleMs: IDLE_MS,
      logger,
      converse: (channel) => new ImapSession(channel, services),
    });
    const listeners = await Promise.all([startTextListener(imap(config.imapPort, false)), startTextListener(imap(config.imapsPort, true))]);
    const [starttls, implicit] = listeners.map(({ port }) => port);
    return {
      summary: `IMAP on port ${starttls} (STARTTLS) and ${implicit} (TLS)`,
      async close() {
        await Promise.all(listeners.map((listener) => listener.close()));
        await services.beacon.close();
      },
    };
  },
});
