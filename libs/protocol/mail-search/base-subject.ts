/** Longer subjects differ in their beginning or not at all. */
const LONGEST = 2000;
const TRAILER = /(?:\s|\(fwd\))+$/i;
/** RFC 5256 §5 subj-leader: blobs and a `re:`, `fw:` or `fwd:` with a blob of its own. */
const LEADER = /^(?:\[[^[\]]*\]\s*){0,20}(?:re|fwd?)\s*(?:\[[^[\]]*\]\s*)?:\s*/i;
const BLOB = /^\[[^[\]]*\]\s*/;

export interface BaseSubject {
  readonly base: string;
  /** Something said that it is a reply or was forwarded. */
  readonly isReply: boolean;
}

/** RFC 5256 §2.1. @param subject decoded (RFC 2047) */
export function baseSubject(subject: string): BaseSubject {
  let base = subject.slice(0, LONGEST).replace(/\s+/g, ' ').trim();
  let isReply = false;
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    const step = (next: string, isMark: boolean) => {
      if (next === base) return;
      base = next;
      isChanged = true;
      isReply ||= isMark;
    };
    const trimmed = base.trimEnd();
    step(base.replace(TRAILER, ''), /\(fwd\)$/i.test(trimmed));
    step(base.trimStart().replace(LEADER, ''), LEADER.test(base.trimStart()));
    const blobless = base.replace(BLOB, '');
    if (blobless !== '') step(blobless, false);
    if (!isChanged && /^\[fwd:.*\]$/i.test(base)) step(base.slice(5, -1), true);
  }
  return { base, isReply };
}
