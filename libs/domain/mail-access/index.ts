export type { ImapServices } from './imap/imap-services.js';
export { ImapSession } from './imap/imap-session.js';
