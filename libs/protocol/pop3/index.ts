export { DotStuffer } from './dot-stuffer.js';
export { Pop3Machine, type Pop3Settings, failure as pop3Failure } from './pop3-machine.js';
export { Pop3Reader } from './pop3-reader.js';
export type { MaildropMessage, Pop3Action, Pop3Code, Pop3Command, Pop3Event } from './pop3.types.js';
