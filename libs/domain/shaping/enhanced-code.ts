/** RFC 3463 §2: class.subject.detail, at the beginning of the text. */
export function enhancedCodeOf(text: string): string | undefined {
  return /^(?:\d{3}[ -])?([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1];
}
