import { runRole } from '#platform/nest';

// The role is supervised and drains like any other, but this version has no IMAP or POP3 server to run in it.
await runRole({
  name: 'mailbox',
  poolSize: 1,
  start: async () => ({
    summary: 'no IMAP or POP3 in this version: no port is open; replies are kept and shown with their campaign',
    close: () => Promise.resolve(),
  }),
});
