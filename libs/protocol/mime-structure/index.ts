export type {
  ByteRange,
  ByteString,
  Disposition,
  Envelope,
  EnvelopeAddress,
  LeafPart,
  MessagePart,
  MessageStructure,
  MultipartPart,
  Parameters,
  Part,
} from './structure.types.js';
export { MISSING_DOMAIN, MISSING_MAILBOX, parseAddressList } from './address-list.js';
export { decodeCharset, decodeHeaderText, decodeTransfer } from './decode-content.js';
export { headerValues } from './header-fields.js';
export { STRUCTURE_VERSION, type StructureLimits, defaultStructureLimits } from './limits.js';
export { PREVIEW_BYTES, partText, previewPart, previewText, textParts } from './preview.js';
export { type Section, filterHeader, findPart, partialRange, sectionRange, withPrefix } from './sections.js';
export { decodeEnvelope, decodeStructure, encodeStructure } from './structure-codec.js';
export { StructureParser, parseStructure } from './structure-parser.js';
