import { ResponseBuilder, type ResponseSettings } from './response-builder.js';

export interface QuotaUse {
  readonly resource: 'STORAGE' | 'MESSAGE' | 'MAILBOX';
  /** STORAGE counts in units of 1024 bytes (RFC 9208 §5.1). */
  readonly used: number;
  readonly limit: number;
}

/** RFC 9208 §4.2.1. Not for roots without limits. */
export function quotaResponse(root: string, uses: readonly QuotaUse[], settings: ResponseSettings): Buffer {
  const builder = new ResponseBuilder(settings).raw('* QUOTA ').quoted(root).raw(' ');
  return builder
    .list(uses, ({ resource, used, limit }) => builder.raw(`${resource} ${used} ${limit}`))
    .crlf()
    .take();
}

export function quotaRootResponse(mailbox: string, roots: readonly string[], settings: ResponseSettings): Buffer {
  const builder = new ResponseBuilder(settings).raw('* QUOTAROOT ').mailbox(mailbox);
  for (const root of roots) builder.raw(' ').quoted(root);
  return builder.crlf().take();
}

/** RFC 5464 §4.4.1: with values; an absent one is NIL. An empty mailbox name is the server. */
export function metadataResponse(
  mailbox: string,
  entries: readonly (readonly [name: string, value: Buffer | null])[],
  settings: ResponseSettings,
): Buffer {
  const builder = new ResponseBuilder(settings).raw('* METADATA ').mailbox(mailbox).raw(' ');
  builder.list(entries, ([name, value]) => {
    builder.text(name).raw(' ');
    // NUL is allowed in annotations, and only literal8 carries it.
    if (value?.includes(0)) builder.literalHead(value.length, true).bytes(value);
    else builder.nstring(value);
  });
  return builder.crlf().take();
}

/** RFC 5464 §4.4.2: that they changed, without values. */
export function metadataChangedResponse(mailbox: string, names: readonly string[], settings: ResponseSettings): Buffer {
  const builder = new ResponseBuilder(settings).raw('* METADATA ').mailbox(mailbox);
  for (const name of names) builder.raw(' ').text(name);
  return builder.crlf().take();
}

/** RFC 4314 §3.6 */
export function aclResponse(
  mailbox: string,
  entries: readonly (readonly [identifier: string, rights: string])[],
  settings: ResponseSettings,
): Buffer {
  const builder = new ResponseBuilder(settings).raw('* ACL ').mailbox(mailbox);
  for (const [identifier, rights] of entries) builder.raw(' ').text(identifier).raw(' ').text(rights);
  return builder.crlf().take();
}

/** RFC 4314 §3.7: what everybody with this identifier has, then sets of rights that go together. */
export function listRightsResponse(
  mailbox: string,
  identifier: string,
  required: string,
  optional: readonly string[],
  settings: ResponseSettings,
): Buffer {
  const builder = new ResponseBuilder(settings).raw('* LISTRIGHTS ').mailbox(mailbox).raw(' ').text(identifier);
  for (const rights of [required, ...optional]) builder.raw(' ').text(rights);
  return builder.crlf().take();
}

/** RFC 4314 §3.8 */
export function myRightsResponse(mailbox: string, rights: string, settings: ResponseSettings): Buffer {
  return new ResponseBuilder(settings).raw('* MYRIGHTS ').mailbox(mailbox).raw(' ').text(rights).crlf().take();
}
