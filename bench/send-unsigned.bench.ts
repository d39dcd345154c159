// Sends personalised 30 KB newsletters without a signature and records every outcome; against nodemailer and Postfix.
import { compareSenders } from './send/compare-senders.js';

await compareSenders({ name: 'send-unsigned', isSigned: false, messages: 5_000, peerMessages: 1_500 });
