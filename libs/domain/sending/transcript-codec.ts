import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

/*
 * A transcript in the table: a version byte, then raw deflate. Dialogues are alike and short, so they are compressed against
 * a text that holds what most of them say: half a kilobyte becomes about a hundred bytes. Never change a dictionary: add one.
 */
const VERSION = 1;
const DICTIONARY = Buffer.from(
  `[the server closed the connection][the server was silent for too long][no answer][message on this connection
[TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384][TLSv1.3 TLS_AES_256_GCM_SHA384]
S: 421 4.7.0 temporarily deferred due to unexpected volume or user complaints, try again later
S: 450 4.2.0 greylisted, please try again later S: 451 4.3.0 S: 452 4.2.2 mailbox full, over quota
S: 550 5.7.1 message blocked, rejected for policy reasons; see https://support.
S: 554 5.7.1 S: 552 5.2.2 S: 550 5.1.1 The email account that you tried to reach does not exist. user unknown, no such recipient here
S: 220 mx.google.com ESMTP Postfix ready
C: EHLO mail.
S: 250-at your service
S: 250-SIZE 157286400
S: 250-VRFY
S: 250-ETRN
S: 250-AUTH LOGIN PLAIN
S: 250-DSN
S: 250-STARTTLS
S: 250-ENHANCEDSTATUSCODES
S: 250-8BITMIME
S: 250-PIPELINING
S: 250-CHUNKING
S: 250 SMTPUTF8
C: STARTTLS
S: 220 2.0.0 Ready to start TLS
C: RSET
S: 250 2.0.0 OK
C: MAIL FROM:<b-@bounces.> SIZE=
S: 250 2.1.0 Sender ok
C: RCPT TO:<@gmail.com>
S: 250 2.1.5 Recipient ok
C: DATA
S: 354 Go ahead, end data with <CR><LF>.<CR><LF>
C: ( bytes) .
C: BDAT  LAST
S: 503 5.5.1 no valid recipients
S: 550 5.1.1 `,
);
const OPTIONS = { dictionary: DICTIONARY, windowBits: 13, memLevel: 5, level: constants.Z_DEFAULT_COMPRESSION };
const MAX_LENGTH = 64 * 1024;

export function packTranscript(text: string): Buffer {
  return Buffer.concat([Buffer.of(VERSION), deflateRawSync(text, OPTIONS)]);
}

/** @returns undefined for what no version of ours has written */
export function unpackTranscript(packed: Uint8Array): string | undefined {
  if (packed[0] !== VERSION) return undefined;
  try {
    return inflateRawSync(packed.subarray(1), {
      dictionary: DICTIONARY,
      windowBits: OPTIONS.windowBits,
      maxOutputLength: MAX_LENGTH,
    }).toString('utf8');
  } catch {
    return undefined;
  }
}
