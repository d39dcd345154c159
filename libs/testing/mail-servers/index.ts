export { startEximServer } from './exim-server.js';
export type { MailServer, MailServerSetup } from './mail-server.js';
export { startPostfixServer } from './postfix-server.js';
export { startSendmailServer } from './sendmail-server.js';
