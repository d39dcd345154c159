export { ImapSession } from './imap/imap-session.js';
export type { MailServices } from './mail-services.js';
export { Pop3Session } from './pop3/pop3-session.js';
