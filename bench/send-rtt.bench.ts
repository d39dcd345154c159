// Sends signed 4 KB messages over a path with 100 ms of round trip: how many connections does 1,000/s take, against nodemailer and Postfix.
import { compareRoundTrips } from './send/compare-round-trips.js';

await compareRoundTrips();
