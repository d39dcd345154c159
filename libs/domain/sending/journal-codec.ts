import { crc32 } from 'node:zlib';
import type { BounceClass, Outcome, Via } from '#base/contracts';
import type { RowId } from '#base/kernel';
import type { AttemptTls } from './attempt-tls.js';
import type { DeliveryOutcome } from './delivery-outcome.js';

/** Which attempt a record is about. A delivery is in one batch at a time, so batch and delivery name the attempt. */
export interface JournalRef {
  readonly batchId: RowId;
  readonly deliveryId: RowId;
  readonly attempt: number;
}

export type JournalRecord =
  /** Written before the final dot: from here on the server may have taken the message. */
  | { readonly type: 'dot'; readonly ref: JournalRef }
  /** The server refused to hear the message after all: a repeat is safe again. */
  | { readonly type: 'unsent'; readonly ref: JournalRef }
  /** Written when the outcome is known. */
  | { readonly type: 'reply'; readonly ref: JournalRef; readonly outcome: DeliveryOutcome };

/*
 * A record: length of the body u16, body, CRC-32 of the body u32; big endian.
 * Body: type u8, batch id i64, delivery id i64, attempt u16; a reply goes on with
 * outcome u8, via u8, SMTP code u16, duration u32, time ms f64, and five strings, each u16 length and UTF-8; TLS is JSON.
 */
const DOT = 1;
const REPLY = 2;
const UNSENT = 3;
const REF_BYTES = 19;
const REPLY_BYTES = REF_BYTES + 16;
const NO_DURATION = 0xffffffff;

export function encodeDot(ref: JournalRef): Buffer {
  return encodeRef(DOT, ref);
}

export function encodeUnsent(ref: JournalRef): Buffer {
  return encodeRef(UNSENT, ref);
}

function encodeRef(type: number, ref: JournalRef): Buffer {
  const record = Buffer.allocUnsafe(REF_BYTES + 6);
  writeRef(record, type, ref);
  return seal(record, REF_BYTES);
}

export function encodeReply(ref: JournalRef, outcome: DeliveryOutcome): Buffer {
  const strings = [
    outcome.bounceClass ?? '',
    outcome.enhancedCode ?? '',
    outcome.mx,
    outcome.reply,
    outcome.tls ? JSON.stringify(outcome.tls) : '',
  ].map((text) => Buffer.from(text));
  const length = strings.reduce((sum, text) => sum + 2 + text.length, REPLY_BYTES);
  const record = Buffer.allocUnsafe(length + 6);
  writeRef(record, REPLY, ref);
  let at = 2 + REF_BYTES;
  at = record.writeUInt8(outcome.outcome, at);
  at = record.writeUInt8(outcome.via, at);
  at = record.writeUInt16BE(outcome.smtpCode ?? 0, at);
  at = record.writeUInt32BE(
    outcome.durationMs === null ? NO_DURATION : Math.min(NO_DURATION - 1, Math.max(0, Math.round(outcome.durationMs))),
    at,
  );
  at = record.writeDoubleBE(outcome.at.getTime(), at);
  for (const text of strings) {
    at = record.writeUInt16BE(text.length, at);
    at += text.copy(record, at);
  }
  return seal(record, length);
}

/** Reads records until the bytes end or stop making sense: what a crash tore off is as if it had never been written. */
export function* decodeJournal(bytes: Buffer): Generator<JournalRecord> {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const length = bytes.readUInt16BE(at);
    const end = at + 2 + length;
    if (length < REF_BYTES || end + 4 > bytes.length) return;
    const body = bytes.subarray(at + 2, end);
    if (crc32(body) !== bytes.readUInt32BE(end)) return;
    const record = decodeBody(body);
    if (record === undefined) return;
    yield record;
    at = end + 4;
  }
}

function writeRef(record: Buffer, type: number, { batchId, deliveryId, attempt }: JournalRef): void {
  record.writeUInt8(type, 2);
  record.writeBigInt64BE(BigInt(batchId), 3);
  record.writeBigInt64BE(BigInt(deliveryId), 11);
  record.writeUInt16BE(attempt, 19);
}

function seal(record: Buffer, length: number): Buffer {
  record.writeUInt16BE(length, 0);
  record.writeUInt32BE(crc32(record.subarray(2, 2 + length)), 2 + length);
  return record;
}

function decodeBody(body: Buffer): JournalRecord | undefined {
  const ref = { batchId: body.readBigInt64BE(1).toString(), deliveryId: body.readBigInt64BE(9).toString(), attempt: body.readUInt16BE(17) };
  if (body[0] === DOT) return { type: 'dot', ref };
  if (body[0] === UNSENT) return { type: 'unsent', ref };
  if (body[0] !== REPLY || body.length < REPLY_BYTES) return undefined;
  const strings: string[] = [];
  for (let at = REPLY_BYTES; at + 2 <= body.length && strings.length < 5;) {
    const end = at + 2 + body.readUInt16BE(at);
    strings.push(body.toString('utf8', at + 2, end));
    at = end;
  }
  const [bounceClass, enhancedCode, mx = '', reply = '', tls = ''] = strings;
  const durationMs = body.readUInt32BE(23);
  const outcome: DeliveryOutcome = {
    outcome: body.readUInt8(19) as Outcome,
    via: body.readUInt8(20) as Via,
    bounceClass: (bounceClass || null) as BounceClass | null,
    smtpCode: body.readUInt16BE(21) || null,
    enhancedCode: enhancedCode || null,
    reply,
    mx,
    tls: tls === '' ? null : (JSON.parse(tls) as AttemptTls),
    durationMs: durationMs === NO_DURATION ? null : durationMs,
    at: new Date(body.readDoubleBE(27)),
  };
  return { type: 'reply', ref, outcome };
}
