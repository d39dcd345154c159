import { type ContentType, parseContentType } from './content-fields.js';
import { type Draft, finishDraft, newDraft } from './draft.js';
import { envelopeOf } from './envelope.js';
import { readHeaderFields } from './header-fields.js';
import { STRUCTURE_VERSION, type StructureLimits, defaultStructureLimits } from './limits.js';
import type { MessageStructure } from './structure.types.js';

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
/** As much of a line as a boundary can take: RFC 2046 allows 70 letters, senders use more. */
const LINE_HEAD = 1024;
/** Lines that begin like a boundary and are none: each is held against all open ones. */
const MOST_CANDIDATES = 500_000;
const NOTHING = Buffer.alloc(0);

const plainText: ContentType = { type: 'text', subtype: 'plain', parameters: [] };
const digestPart: ContentType = { type: 'message', subtype: 'rfc822', parameters: [] };
const opaque: ContentType = { type: 'application', subtype: 'octet-stream', parameters: [] };

/**
 * Finds the parts of a message in one pass over its bytes, in any pieces. Holds headers only; lines may end in CRLF or LF.
 * Any bytes are some message: what has no boundary, or no header, is one part.
 */
export class StructureParser {
  /** From the message down to what is being read. */
  private readonly open: Draft[];
  private isInHeader = true;
  private header: Buffer[] = [];
  private headerBytes = 0;
  private totalHeaderBytes = 0;
  private parts = 1;
  private isTruncated = false;
  private candidates = 0;

  private offset = 0;
  private lineStart = 0;
  private lineHead: Buffer = NOTHING;
  private lastByte = 0;
  private linesSeen = 0;
  /** Length of the line end before the current line. */
  private eolBefore = 0;

  constructor(private readonly limits: StructureLimits = defaultStructureLimits) {
    this.open = [newDraft(0, false)];
  }

  push(chunk: Buffer): void {
    for (let from = 0; from < chunk.length;) {
      const at = chunk.indexOf(LF, from);
      const until = at < 0 ? chunk.length : at + 1;
      const segment = chunk.subarray(from, until);
      const isCrlf = (segment.length > 1 ? segment.at(-2) : this.lastByte) === CR;
      this.keep(segment);
      this.offset += segment.length;
      this.lastByte = segment.at(-1)!;
      if (at >= 0) this.endLine(isCrlf && this.offset - this.lineStart > 1 ? 2 : 1);
      from = until;
    }
  }

  /** The last line may lack its end. */
  end(): MessageStructure {
    if (this.offset > this.lineStart) this.line(0);
    this.endHeaders(this.offset);
    this.close(0, this.offset, this.linesSeen);
    const root = this.open[0]!;
    const { fields } = root;
    return {
      version: STRUCTURE_VERSION,
      sizeBytes: this.offset,
      envelope: envelopeOf(fields),
      root: finishDraft(root),
      isTruncated: this.isTruncated,
    };
  }

  private keep(segment: Buffer): void {
    if (this.lineHead.length < LINE_HEAD) {
      const head = segment.subarray(0, LINE_HEAD - this.lineHead.length);
      this.lineHead = this.lineHead.length === 0 ? head : Buffer.concat([this.lineHead, head]);
    }
    const { headerBytes, totalHeaderBytes } = this.limits;
    if (!this.isInHeader || this.headerBytes >= headerBytes || this.totalHeaderBytes >= totalHeaderBytes) return;
    this.header.push(segment);
    this.headerBytes += segment.length;
    this.totalHeaderBytes += segment.length;
  }

  private endLine(eol: 1 | 2): void {
    this.line(eol);
    this.linesSeen += 1;
    // A body begins behind the line that ends its header.
    for (const draft of this.open.slice(-2)) if (draft.bodyStart === this.offset) draft.linesBefore = this.linesSeen;
    this.eolBefore = eol;
    this.lineStart = this.offset;
    this.lineHead = NOTHING;
  }

  private line(eol: number): void {
    const depth = this.lineHead[0] === DASH && this.lineHead[1] === DASH ? this.boundaryAt() : -1;
    if (depth >= 0) this.atBoundary(depth);
    else if (this.isInHeader && this.offset - this.lineStart === eol && eol > 0) this.endHeader(this.offset);
  }

  /**
   * The open part whose boundary the line begins with; the longest one, of equals the innermost. What follows it does not matter
   * (RFC 2046 §5.1.1).
   */
  private boundaryAt(): number {
    if (this.candidates >= MOST_CANDIDATES) {
      this.isTruncated = true;
      return -1;
    }
    const line = this.lineHead.toString('latin1', 2);
    let found = -1;
    let longest = 0;
    for (const [depth, { boundary }] of this.open.entries()) {
      if (boundary === undefined || boundary.length < longest || !line.startsWith(boundary)) continue;
      found = depth;
      longest = boundary.length;
    }
    if (found < 0) this.candidates += 1;
    return found;
  }

  private atBoundary(depth: number): void {
    const container = this.open[depth]!;
    const isLast = this.lineHead.toString('latin1', 2 + container.boundary!.length).startsWith('--');
    if (!isLast && this.parts >= this.limits.parts) {
      this.isTruncated = true;
      return;
    }
    this.endHeaders(Math.max(this.open.at(-1)!.headerStart, this.lineStart - this.eolBefore));
    // The line end before a boundary is the boundary's.
    this.close(depth + 1, this.lineStart - this.eolBefore, this.linesSeen - (this.eolBefore > 0 ? 1 : 0));
    if (isLast) container.boundary = undefined;
    else this.begin(container, this.offset, container.content.subtype.toLowerCase() === 'digest');
  }

  private begin(parent: Draft, at: number, isInDigest: boolean): void {
    const draft = newDraft(at, isInDigest);
    parent.children.push(draft);
    this.open.push(draft);
    this.parts += 1;
    this.isInHeader = true;
  }

  /** Where a header stops without an empty line, and those of the messages in it, which have none. */
  private endHeaders(at: number): void {
    while (this.isInHeader) this.endHeader(at);
  }

  private endHeader(bodyStart: number): void {
    const draft = this.open.at(-1)!;
    const bytes = Buffer.concat(this.header).subarray(0, bodyStart - draft.headerStart);
    this.header = [];
    this.headerBytes = 0;
    this.isInHeader = false;
    draft.fields = readHeaderFields(bytes);
    draft.headerEnd = bodyStart;
    draft.bodyStart = bodyStart;
    draft.linesBefore = this.linesSeen;
    const declared = draft.fields.get('content-type')?.[0];
    draft.content = parseContentType(declared) ?? (draft.isInDigest && declared === undefined ? digestPart : plainText);
    this.descend(draft);
  }

  private descend(draft: Draft): void {
    const type = draft.content.type.toLowerCase();
    const subtype = draft.content.subtype.toLowerCase();
    const isMessage = type === 'message' && (subtype === 'rfc822' || subtype === 'global');
    const boundary =
      type === 'multipart' ? draft.content.parameters.find(([name]) => name.toLowerCase() === 'boundary')?.[1].trimEnd() : '';
    if (!isMessage && !boundary) {
      // RFC 2045 §5.2: what cannot be taken apart is shown as text.
      if (type === 'multipart') draft.content = plainText;
      return;
    }
    if (this.open.length >= this.limits.depth || (isMessage && this.parts >= this.limits.parts)) {
      this.isTruncated = true;
      draft.content = opaque;
      return;
    }
    draft.kind = isMessage ? 'message' : 'multipart';
    if (isMessage) this.begin(draft, draft.bodyStart, false);
    else draft.boundary = boundary!.slice(0, LINE_HEAD - 4);
  }

  /** Ends all open parts from `depth` on, whose last byte stands before `end`. */
  private close(depth: number, end: number, lines: number): void {
    for (const draft of depth === 0 ? this.open : this.open.splice(depth)) {
      // The empty line behind a header without a body is the boundary's (RFC 2046 §5.1.1 body-part).
      if (draft.bodyStart > end) {
        draft.bodyStart = Math.max(draft.headerStart, end);
        draft.headerEnd = draft.bodyStart;
      }
      draft.bodyEnd = Math.max(draft.bodyStart, end);
      draft.lines = draft.bodyEnd > draft.bodyStart ? Math.max(0, lines - draft.linesBefore) : 0;
    }
  }
}

/** All of a message at once. */
export function parseStructure(message: Buffer, limits?: StructureLimits): MessageStructure {
  const parser = new StructureParser(limits);
  parser.push(message);
  return parser.end();
}
