import type { ByteRange, Disposition, Envelope, EnvelopeAddress, MessageStructure, Parameters, Part } from './structure.types.js';

type Address = readonly (string | null)[];
export type Json = string | number | boolean | null | readonly Json[];

const fields = ['from', 'sender', 'replyTo', 'to', 'cc', 'bcc'] as const;

/** The structure as arrays without names, for a JSON column: about a third of its size as objects. */
export function encodeStructure(structure: MessageStructure): Json {
  const { version, sizeBytes, envelope, root, isTruncated } = structure;
  return [version, sizeBytes, isTruncated ? 1 : 0, encodeEnvelope(envelope), encodePart(root, 0)];
}

/** What `encodeStructure` made. @returns undefined where it is none, or an older parser's: compute it again */
export function decodeStructure(json: unknown, version: number): MessageStructure | undefined {
  if (!Array.isArray(json) || json[0] !== version) return undefined;
  const [, sizeBytes, isTruncated, envelope, root] = json as [number, number, number, Json[], Json[]];
  return { version, sizeBytes, isTruncated: isTruncated === 1, envelope: decodeEnvelope(envelope), root: decodePart(root, 0) };
}

/** Offsets are told from `base`, the start of the container, so that they stay short. Empty values at the end are left out. */
function encodePart(part: Part, base: number): Json[] {
  const { header, body, lines, type, subtype, parameters, id, description, encoding, md5, disposition, language, location } = part;
  const inner: Json =
    part.kind === 'leaf'
      ? null
      : part.kind === 'multipart'
        ? part.children.map((child) => encodePart(child, header.start))
        : [encodeEnvelope(part.envelope), encodePart(part.content, header.start)];
  const row: Json[] = [
    part.kind === 'leaf' ? 0 : part.kind === 'multipart' ? 1 : 2,
    header.start - base,
    header.length,
    body.start - header.start - header.length,
    body.length,
    lines,
    type,
    subtype,
    encoding,
    inner,
    parameters.length > 0 ? parameters : null,
    id,
    description,
    disposition === null ? null : [disposition.type, disposition.parameters],
    md5,
    language.length > 0 ? language : null,
    location,
  ];
  while (row.at(-1) === null) row.pop();
  return row;
}

function decodePart(row: readonly Json[], base: number): Part {
  const [kind, headerStart, headerLength, gap, bodyLength, lines, type, subtype, encoding, inner] = row as [
    number,
    number,
    number,
    number,
    number,
    number,
    string,
    string,
    string,
    Json[] | undefined,
  ];
  const [parameters, id, description, disposition, md5, language, location] = row.slice(10);
  const header: ByteRange = { start: base + headerStart, length: headerLength };
  const common = {
    header,
    body: { start: header.start + headerLength + gap, length: bodyLength },
    lines,
    type,
    subtype,
    parameters: (parameters ?? []) as unknown as Parameters,
    id: (id ?? null) as string | null,
    description: (description ?? null) as string | null,
    encoding,
    md5: (md5 ?? null) as string | null,
    disposition: decodeDisposition(disposition),
    language: (language ?? []) as readonly string[],
    location: (location ?? null) as string | null,
  };
  if (kind === 1) return { kind: 'multipart', ...common, children: (inner as Json[][]).map((child) => decodePart(child, header.start)) };
  if (kind === 0) return { kind: 'leaf', ...common };
  const [envelope, content] = inner as [Json[], Json[]];
  return { kind: 'message', ...common, envelope: decodeEnvelope(envelope), content: decodePart(content, header.start) };
}

function decodeDisposition(json: Json | undefined): Disposition | null {
  if (json == null) return null;
  const [type, parameters] = json as unknown as [string, Parameters];
  return { type, parameters };
}

/** `sender` and `replyTo` are 0 where they are `from`. */
function encodeEnvelope(envelope: Envelope): Json[] {
  const from = JSON.stringify(envelope.from);
  const lists = fields.map((field): Json => {
    const isFrom = (field === 'sender' || field === 'replyTo') && JSON.stringify(envelope[field]) === from;
    return isFrom
      ? 0
      : envelope[field].map(({ name, route, mailbox, host }) => [mailbox, host, name, route].slice(0, route === null ? 3 : 4));
  });
  return [envelope.date, envelope.subject, envelope.inReplyTo, envelope.messageId, ...lists];
}

/** The envelope alone: the fourth element of what `encodeStructure` makes. */
export function decodeEnvelope(json: readonly Json[]): Envelope {
  const [date, subject, inReplyTo, messageId, ...lists] = json as unknown as [
    string | null,
    string | null,
    string | null,
    string | null,
    ...Address[][],
  ];
  const addresses = (list: readonly Address[] | undefined): EnvelopeAddress[] =>
    (list ?? []).map(([mailbox = null, host = null, name = null, route = null]) => ({ name, route, mailbox, host }));
  const from = addresses(lists[0]);
  const [, sender, replyTo, to, cc, bcc] = lists.map((list) => (Array.isArray(list) ? addresses(list) : from));
  return { date, subject, from, sender: sender!, replyTo: replyTo!, to: to!, cc: cc!, bcc: bcc!, inReplyTo, messageId };
}
