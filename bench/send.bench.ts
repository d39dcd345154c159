// Sends personalised, signed 30 KB newsletters and records every outcome; against nodemailer with DKIM and Postfix with OpenDKIM.
import { compareSenders } from './send/compare-senders.js';

await compareSenders({ name: 'send', messages: 5_000, peerMessages: 1_000, wanted: 5 });
