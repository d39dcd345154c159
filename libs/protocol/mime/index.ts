export { type AlternativeParts, type ComposedBody, composeAlternative } from './compose-alternative.js';
export {
  type Attachment,
  type ComposedMessage,
  type Hole,
  type MessageParts,
  type PartContent,
  composeMessage,
} from './compose-message.js';
export { type HeaderField, assertHeaderText, encodeHeader, formatMailbox, serializeHeaders } from './header.js';
export { type Address, type AddressResult, addressKey, parseAddress, tryParseAddress } from './parse-address.js';
export { encodeQpSegment, encodeQuotedPrintable } from './quoted-printable.js';
export { type SplitMessage, splitMessage } from './split-message.js';
