// Sends personalised, signed 30 KB newsletters over TLS connections that are used again; against nodemailer and Postfix doing the same.
import { compareSenders } from './send/compare-senders.js';

await compareSenders({ name: 'send-tls', usesTls: true, messages: 4_000, peerMessages: 800 });
