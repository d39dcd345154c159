import { type ContentType, parseDisposition, parseEncoding, parseLanguages } from './content-fields.js';
import { envelopeOf } from './envelope.js';
import type { HeaderFields } from './header-fields.js';
import type { Parameters, Part } from './structure.types.js';

/** A part while it is read. */
export interface Draft {
  readonly headerStart: number;
  headerEnd: number;
  bodyStart: number;
  bodyEnd: number;
  /** Line ends before the body. */
  linesBefore: number;
  lines: number;
  fields: HeaderFields;
  content: ContentType;
  kind: Part['kind'];
  readonly children: Draft[];
  /** Undefined once its closing line was read, and for what has none. */
  boundary: string | undefined;
  readonly isInDigest: boolean;
}

export function newDraft(headerStart: number, isInDigest: boolean): Draft {
  return {
    headerStart,
    headerEnd: headerStart,
    bodyStart: -1,
    bodyEnd: headerStart,
    linesBefore: 0,
    lines: 0,
    fields: new Map(),
    content: { type: 'text', subtype: 'plain', parameters: [] },
    kind: 'leaf',
    children: [],
    boundary: undefined,
    isInDigest,
  };
}

export function finishDraft(draft: Draft): Part {
  const first = (name: string) => draft.fields.get(name)?.[0];
  const base = {
    header: { start: draft.headerStart, length: draft.headerEnd - draft.headerStart },
    body: { start: draft.bodyStart, length: draft.bodyEnd - draft.bodyStart },
    lines: draft.lines,
    type: draft.content.type,
    subtype: draft.content.subtype,
    parameters: withCharset(draft.content),
    id: first('content-id') ?? null,
    description: first('content-description') ?? null,
    encoding: parseEncoding(first('content-transfer-encoding')),
    md5: first('content-md5') ?? null,
    disposition: parseDisposition(first('content-disposition')),
    language: parseLanguages(first('content-language')),
    location: first('content-location') ?? null,
  };
  if (draft.kind === 'leaf') return { kind: 'leaf', ...base };
  if (draft.kind === 'multipart') {
    // A multipart has parts (RFC 9051 §9 body-type-mpart): without any, one that is empty.
    const children = draft.children.length > 0 ? draft.children.map(finishDraft) : [emptyPart(draft.bodyEnd)];
    return { kind: 'multipart', ...base, children };
  }
  const [content] = draft.children;
  return { kind: 'message', ...base, envelope: envelopeOf(content!.fields), content: finishDraft(content!) };
}

/** RFC 2046 §4.1.2: a text that names no charset is US-ASCII; said, since clients look for it. */
function withCharset({ type, parameters }: ContentType): Parameters {
  if (type.toLowerCase() !== 'text' || parameters.some(([name]) => /^charset\*?$/i.test(name))) return parameters;
  return [...parameters, ['charset', 'us-ascii']];
}

function emptyPart(at: number): Part {
  const draft = newDraft(at, false);
  draft.bodyStart = at;
  return finishDraft(draft);
}
