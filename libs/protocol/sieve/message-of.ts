import { type MessageStructure, type Part, decodeHeaderText, headerValues, partText } from '#protocol/mime-structure';
import type { SieveMessage } from './sieve-message.types.js';

/** Of one body that a script looks at. */
const LONGEST_BODY = 1024 * 1024;

/** A stored message as scripts see it; each text is made when a test asks for it. @param bytes the whole message */
export function sieveMessageOf(
  structure: MessageStructure,
  bytes: Buffer,
  envelope: { readonly from: string; readonly to: string },
): SieveMessage {
  let values: ReturnType<typeof headerValues> | undefined;
  const cut = ({ start, length }: Part['body'], most = length) => bytes.subarray(start, start + Math.min(length, most));
  const textOf = (part: Part) => partText({ ...part, subtype: 'plain' }, cut(part.body, LONGEST_BODY));
  const leaves = leavesOf(structure.root);
  return {
    sizeBytes: bytes.length,
    header: (name) => {
      values ??= headerValues(cut(structure.root.header));
      return values.flatMap(([known, value]) => (known === name ? [decodeHeaderText(value)] : []));
    },
    envelope: (part) => envelope[part],
    rawBody: () => cut(structure.root.body, LONGEST_BODY).toString('utf8'),
    bodyParts: (types) => leaves.filter((part) => types.some((type) => isOfType(part, type))).map(textOf),
    // All that is text, HTML without its tags.
    bodyText: () =>
      leaves
        .filter((part) => isOfType(part, 'text'))
        .map((part) => partText(part, cut(part.body, LONGEST_BODY)))
        .join('\n'),
  };
}

function leavesOf(part: Part): Part[] {
  if (part.kind === 'multipart') return part.children.flatMap(leavesOf);
  return part.kind === 'message' ? leavesOf(part.content) : [part];
}

/** RFC 5173 §5.2: `text` is all of a type, `text/html` one, and the empty text every one; what has two slashes is none. */
function isOfType({ type, subtype }: Part, wanted: string): boolean {
  if (wanted === '') return true;
  const own = `${type}/${subtype}`.toLowerCase();
  return wanted.includes('/') ? own === wanted : own.startsWith(`${wanted}/`);
}
