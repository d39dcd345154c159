import type { Disposition, Envelope, EnvelopeAddress, Parameters, Part } from '#protocol/mime-structure';
import type { ResponseBuilder } from './response-builder.js';

/** ENVELOPE's ten fields (RFC 9051 §7.5.2). */
export function writeEnvelope(builder: ResponseBuilder, envelope: Envelope): void {
  builder.raw('(').nstring(envelope.date).raw(' ').nstring(envelope.subject);
  for (const name of ['from', 'sender', 'replyTo', 'to', 'cc', 'bcc'] as const) writeAddresses(builder.raw(' '), envelope[name]);
  builder.raw(' ').nstring(envelope.inReplyTo).raw(' ').nstring(envelope.messageId).raw(')');
}

/** BODYSTRUCTURE, or BODY where it is not extended. Parts of a multipart stand without a space between them. */
export function writeBodyStructure(builder: ResponseBuilder, part: Part, isExtended: boolean): void {
  builder.raw('(');
  if (part.kind === 'multipart') {
    for (const child of part.children) writeBodyStructure(builder, child, isExtended);
    builder.raw(' ').string(part.subtype);
    if (isExtended) writeParameters(builder.raw(' '), part.parameters);
  } else {
    builder.string(part.type).raw(' ').string(part.subtype).raw(' ');
    writeParameters(builder, part.parameters);
    builder.raw(' ').nstring(part.id).raw(' ').nstring(part.description).raw(' ').string(part.encoding).raw(` ${part.body.length}`);
    if (part.kind === 'message') {
      writeEnvelope(builder.raw(' '), part.envelope);
      writeBodyStructure(builder.raw(' '), part.content, isExtended);
      builder.raw(` ${part.lines}`);
    } else if (part.type.toLowerCase() === 'text') builder.raw(` ${part.lines}`);
    if (isExtended) builder.raw(' ').nstring(part.md5);
  }
  if (isExtended) {
    writeDisposition(builder.raw(' '), part.disposition);
    writeLanguages(builder.raw(' '), part.language);
    builder.raw(' ').nstring(part.location);
  }
  builder.raw(')');
}

/** An empty list is NIL; addresses stand without a space between them. */
function writeAddresses(builder: ResponseBuilder, addresses: readonly EnvelopeAddress[]): void {
  if (addresses.length === 0) {
    builder.raw('NIL');
    return;
  }
  builder.raw('(');
  for (const { name, route, mailbox, host } of addresses)
    builder.raw('(').nstring(name).raw(' ').nstring(route).raw(' ').nstring(mailbox).raw(' ').nstring(host).raw(')');
  builder.raw(')');
}

function writeParameters(builder: ResponseBuilder, parameters: Parameters): void {
  if (parameters.length === 0) builder.raw('NIL');
  else builder.list(parameters, ([name, value]) => builder.string(name).raw(' ').string(value));
}

function writeDisposition(builder: ResponseBuilder, disposition: Disposition | null): void {
  if (disposition === null) {
    builder.raw('NIL');
    return;
  }
  builder.raw('(').string(disposition.type).raw(' ');
  writeParameters(builder, disposition.parameters);
  builder.raw(')');
}

function writeLanguages(builder: ResponseBuilder, languages: Part['language']): void {
  if (languages.length === 0) builder.raw('NIL');
  else builder.list(languages, (language) => builder.string(language));
}
