// Sends personalised, signed messages of 4 KB and records every outcome; against nodemailer with DKIM and Postfix with OpenDKIM.
import { compareSenders } from './send/compare-senders.js';

await compareSenders({ name: 'send-small', size: 'small', messages: 5_000, peerMessages: 1_500 });
