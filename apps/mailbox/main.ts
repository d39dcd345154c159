import { accountsEntities } from '#domain/accounts';
import { mailServices } from './mail-services.js';
import { ImapSession, Pop3Session } from '#domain/mail-access';
import { mailstoreEntities } from '#domain/mailstore';
import { type TextListenerOptions, startTextListener } from '#net/text-listener';
import { runRole } from '#platform/nest';
import { loadTlsCertificate } from '#platform/tls';

const LIMITS = { maxConnections: 20_000, maxConnectionsPerAddress: 200 } as const;
/** RFC 1939 §3: ten minutes at least. */
const POP3_IDLE_MS = 10 * 60_000 + 11_000;
/** RFC 9051 §5.4 asks for half an hour at least; not a round number, so that both ends do not fire at once. */
const IDLE_MS = 31 * 60_000 + 7_000;

await runRole({
  name: 'mailbox',
  entities: [...accountsEntities, ...mailstoreEntities],
  poolSize: 12,
  async start(context) {
    const { config, logger } = context;
    const services = mailServices(context);
    await services.beacon.open();
    const tls = await loadTlsCertificate(config);
    const common = { ...LIMITS, bind: config.bind, tls, logger };
    const imap = (port: number, isImplicitTls: boolean): TextListenerOptions => ({
      ...common,
      port,
      isImplicitTls,
      idleMs: IDLE_MS,
      converse: (channel) => new ImapSession(channel, services),
    });
    const pop3 = (port: number, isImplicitTls: boolean): TextListenerOptions => ({
      ...common,
      port,
      isImplicitTls,
      idleMs: POP3_IDLE_MS,
      converse: (channel) => new Pop3Session(channel, services),
    });
    const listeners = await Promise.all(
      [imap(config.imapPort, false), imap(config.imapsPort, true), pop3(config.pop3Port, false), pop3(config.pop3sPort, true)].map(
        (options) => startTextListener(options),
      ),
    );
    const [imapPort, imapsPort, pop3Port, pop3sPort] = listeners.map(({ port }) => port);
    return {
      summary: `IMAP on port ${imapPort} (STARTTLS) and ${imapsPort} (TLS), POP3 on ${pop3Port} (STLS) and ${pop3sPort} (TLS)`,
      async close() {
        await Promise.all(listeners.map((listener) => listener.close()));
        await services.beacon.close();
      },
    };
  },
});
