// Sends personalised, signed messages of 100 KB and records every outcome; against nodemailer with DKIM and Postfix with OpenDKIM.
import { compareSenders } from './send/compare-senders.js';

await compareSenders({ name: 'send-large', size: 'large', messages: 3_000, peerMessages: 600 });
