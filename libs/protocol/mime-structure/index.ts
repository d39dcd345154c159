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
