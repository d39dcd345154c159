export { talkToDovecotImap } from './dovecot-imap.js';
export { type ImapValue, parseImapResponses } from './imap-response-parser.js';
export { type PigeonholeRun, runPigeonhole } from './pigeonhole.js';
