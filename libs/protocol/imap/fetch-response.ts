import type { Envelope, Part } from '#protocol/mime-structure';
import { formatDateTime } from './dates.js';
import type { BodySection, FetchItem, Partial } from './fetch.types.js';
import { ResponseBuilder, type ResponseSettings, withoutNul } from './response-builder.js';
import type { ModSeq } from './sequence-set.types.js';
import { writeBodyStructure, writeEnvelope } from './structure-response.js';

type BodyItem = Extract<FetchItem, { item: 'BODY' }>;
type BinaryItem = Extract<FetchItem, { item: 'BINARY' }>;

/** One `* n FETCH (…)`: call what was asked for, then `end`. Large bodies go by `bodyHead`, `take`, the bytes, and on. */
export class FetchResponse {
  private readonly builder: ResponseBuilder;
  private isFirst = true;

  constructor(sequence: number, settings: ResponseSettings) {
    this.builder = new ResponseBuilder(settings).raw(`* ${sequence} FETCH (`);
  }

  uid(uid: number): this {
    return this.item(`UID ${uid}`);
  }

  flags(flags: readonly string[]): this {
    return this.item(`FLAGS (${flags.join(' ')})`);
  }

  internalDate(date: Date): this {
    return this.item(`INTERNALDATE "${formatDateTime(date)}"`);
  }

  size(bytes: number): this {
    return this.item(`RFC822.SIZE ${bytes}`);
  }

  modSeq(modSeq: ModSeq): this {
    return this.item(`MODSEQ (${modSeq})`);
  }

  /** RFC 8474 */
  emailId(id: string): this {
    return this.item(`EMAILID (${id})`);
  }

  threadId(id: string | null): this {
    return this.item(`THREADID ${id === null ? 'NIL' : `(${id})`}`);
  }

  /** RFC 8514: null where the store does not know. */
  saveDate(date: Date | null): this {
    return this.item(`SAVEDATE ${date === null ? 'NIL' : `"${formatDateTime(date)}"`}`);
  }

  /** RFC 8970: UTF-8 however the session is set; null where it is not made yet and LAZY was asked for. */
  preview(text: string | null): this {
    this.item('PREVIEW ');
    if (text === null || /^[\x01-\x09\x0b\x0c\x0e-\x7f]*$/.test(text)) this.builder.nstring(text);
    else this.literal(Buffer.from(text));
    return this;
  }

  envelope(envelope: Envelope): this {
    writeEnvelope(this.item('ENVELOPE ').builder, envelope);
    return this;
  }

  /** `structure.root`. */
  bodyStructure(root: Part, isExtended: boolean): this {
    writeBodyStructure(this.item(isExtended ? 'BODYSTRUCTURE ' : 'BODY ').builder, root, isExtended);
    return this;
  }

  /** Null: there is no such part. NUL leaves as 0x80. */
  body(item: BodyItem, data: Buffer | null): this {
    this.item(`${bodyLabel(item, this.builder)} `);
    if (data === null) this.builder.raw('NIL');
    else this.literal(withoutNul(data));
    return this;
  }

  /** The head of a body whose bytes follow what `take()` gives. */
  bodyHead(item: BodyItem, sizeBytes: number): this {
    this.item(`${bodyLabel(item, this.builder)} `).builder.literalHead(sizeBytes);
    return this;
  }

  /** literal8 where NUL is in it (RFC 3516 §4.2). */
  binary(item: BinaryItem, data: Buffer | null): this {
    this.item(`BINARY[${item.part.join('.')}]${origin(item.partial)} `);
    if (data === null) this.builder.raw('NIL');
    else if (data.includes(0)) this.builder.literalHead(data.length, true).bytes(data);
    else this.literal(data);
    return this;
  }

  binarySize(part: readonly number[], sizeBytes: number): this {
    return this.item(`BINARY.SIZE[${part.join('.')}] ${sizeBytes}`);
  }

  /** What was written since the last call, to make room for bytes that are streamed. */
  take(): Buffer {
    return this.builder.take();
  }

  end(): Buffer {
    return this.builder.raw(')').crlf().take();
  }

  private literal(data: Buffer): void {
    this.builder.literalHead(data.length).bytes(data);
  }

  private item(text: string): this {
    this.builder.raw(this.isFirst ? text : ` ${text}`);
    this.isFirst = false;
    return this;
  }
}

function bodyLabel(item: BodyItem, builder: ResponseBuilder): string {
  return item.legacy ?? `BODY[${sectionLabel(item.section, builder.settings)}]${origin(item.partial)}`;
}

function sectionLabel({ part, text, fields }: BodySection, settings: ResponseSettings): string {
  const place = [...part, ...(text === undefined ? [] : [text])].join('.');
  if (fields === undefined) return place;
  const names = new ResponseBuilder(settings);
  names.list(fields, (field) => names.text(field));
  return `${place} ${names.take().toString('latin1')}`;
}

const origin = (partial: Partial | undefined): string => (partial === undefined ? '' : `<${partial.offset}>`);
