import { Transform, type TransformCallback } from 'node:stream';

/** Each signature of its own kind is another hash over the whole body: honest mail has one to three. */
const MAX_DKIM_SIGNATURES = 10;
/** Three fields for each hop that sealed the message. */
const MAX_ARC_FIELDS = 30;
const MAX_HEADER_BYTES = 512 * 1024;

/** @returns the header without the signatures beyond what is looked at; with too long an ARC chain, without all of it */
export function boundSignatures(header: string): string {
  const fields = header.split(/(?<=\n)(?![ \t])/);
  const nameOf = (field: string) => /^([^\s:]+)[ \t]*:/.exec(field)?.[1]?.toLowerCase() ?? '';
  const isArc = (field: string) => nameOf(field).startsWith('arc-');
  const hasTooMuchArc = fields.filter(isArc).length > MAX_ARC_FIELDS;
  let signatures = 0;
  return fields
    .filter((field) => {
      if (nameOf(field) === 'dkim-signature') return ++signatures <= MAX_DKIM_SIGNATURES;
      return !(hasTooMuchArc && isArc(field));
    })
    .join('');
}

/** A message on its way to be checked, its header bounded. What has no end of a header within reason is cut off there. */
export class BoundedSignatures extends Transform {
  private header: Buffer[] = [];
  private headerBytes = 0;
  private isInBody = false;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.isInBody) return done(null, chunk);
    this.header.push(chunk);
    this.headerBytes += chunk.length;
    const known = Buffer.concat(this.header);
    const end = known.indexOf('\r\n\r\n');
    if (end < 0 && this.headerBytes < MAX_HEADER_BYTES) {
      this.header = [known];
      return done();
    }
    this.release(known, end < 0 ? known.length : end + 2);
    done();
  }

  override _flush(done: TransformCallback): void {
    if (!this.isInBody) {
      const known = Buffer.concat(this.header);
      this.release(known, known.length);
    }
    done();
  }

  private release(known: Buffer, headerEnd: number): void {
    this.isInBody = true;
    this.header = [];
    this.push(Buffer.from(boundSignatures(known.subarray(0, headerEnd).toString('latin1')), 'latin1'));
    this.push(known.subarray(headerEnd));
  }
}
