import { type FolderView, type MailFolder, type MailMessages, type MessageFlags, fromFlagSet } from '#domain/mailstore';
import {
  FetchResponse,
  SYSTEM_FLAGS,
  type MessageSet,
  type ResponseSettings,
  type SequenceRange,
  exists,
  expunge,
  findUids,
  flags,
  lowerBound,
  rangesHave,
  resolveSet,
  toRanges,
  vanished,
} from '#protocol/imap';

export interface SyncOptions {
  /** Whether messages may go now: never while a command is at work that names them by number (RFC 9051 §7.5.1). */
  readonly mayExpunge: boolean;
  /** Changes of our own that the client knows of, or does not want to hear of. */
  readonly known?: ReadonlyMap<number, bigint>;
  /** MODSEQ with each change. */
  readonly withModSeq: boolean;
  /** VANISHED in place of EXPUNGE (RFC 7162). */
  readonly withVanished: boolean;
}

/** A folder as one session sees it: which message has which number, until the client has been told of a change. */
export class SelectedFolder {
  private uids: Uint32Array;
  private seenModSeq: bigint;
  private keywords: readonly string[];
  /** Gone, and not yet said. */
  private readonly goners = new Set<number>();
  /** What SEARCH saved (RFC 5182): UIDs, ascending. */
  saved: readonly number[] = [];

  constructor(
    readonly folder: MailFolder,
    readonly isReadOnly: boolean,
    view: FolderView,
    private readonly messages: MailMessages,
  ) {
    this.uids = view.uids;
    this.seenModSeq = view.modSeq;
    this.keywords = view.keywords;
  }

  get count(): number {
    return this.uids.length;
  }

  get modSeq(): bigint {
    return this.seenModSeq;
  }

  get flagNames(): string[] {
    return [...SYSTEM_FLAGS, ...this.keywords];
  }

  get allUids(): Uint32Array {
    return this.uids;
  }

  /** Messages went, and could not be said to have gone. */
  get owesExpunges(): boolean {
    return this.goners.size > 0;
  }

  /** From 1. @returns 0 where the session does not know the message */
  numberOf(uid: number): number {
    const at = lowerBound(this.uids, uid);
    return this.uids[at] === uid ? at + 1 : 0;
  }

  has(uid: number): boolean {
    return this.numberOf(uid) > 0;
  }

  uidAt(sequence: number): number {
    return this.uids[sequence - 1]!;
  }

  /** Positions of the named messages, `[from, to)`. */
  positions(set: MessageSet, isUid: boolean): (readonly [number, number])[] {
    if (set === '$') return findUids(toRanges(this.saved), this.uids);
    if (isUid) return findUids(resolveSet(set, this.uids.at(-1) ?? 0), this.uids);
    return resolveSet(set, this.uids.length)
      .map(([from, to]) => [from - 1, Math.min(to, this.uids.length)] as const)
      .filter(([from, to]) => from < to);
  }

  /** Of the messages that the session knows, ascending. */
  named(set: MessageSet, isUid: boolean): number[] {
    return this.positions(set, isUid).flatMap(([from, to]) => [...this.uids.subarray(from, to)]);
  }

  /** UIDs as ranges, for a search. What lies between two known UIDs is known, or gone. */
  uidRanges(set: MessageSet, isUid: boolean): SequenceRange[] {
    return this.positions(set, isUid).map(([from, to]) => [this.uids[from]!, this.uids[to - 1]!] as const);
  }

  /** Numbers beyond the last message are an error where they were named by number (RFC 9051 §9: seq-number). */
  isBeyond(set: MessageSet): boolean {
    return set !== '$' && set.ranges.some((range) => range.some((number) => Number.isFinite(number) && number > this.uids.length));
  }

  /**
   * Looks for what others changed, and says it. @returns untagged answers
   * @throws ChaparError `folder_not_found`
   */
  async sync(settings: ResponseSettings, { mayExpunge, known, withModSeq, withVanished }: SyncOptions): Promise<Buffer[]> {
    const changes = await this.messages.changesSince(this.folder.id, this.seenModSeq);
    const said: Buffer[] = [];
    for (const uid of changes.expunged) if (this.has(uid)) this.goners.add(uid);
    if (mayExpunge && this.goners.size > 0) said.push(...this.dropGoners(withVanished));
    const last = this.uids.at(-1) ?? 0;
    const added = changes.changed.filter(({ uid }) => uid > last);
    if (changes.keywords.some((keyword) => !this.keywords.includes(keyword))) {
      this.keywords = changes.keywords;
      said.push(flags(this.flagNames));
    }
    if (added.length > 0) {
      this.uids = Uint32Array.from([...this.uids, ...added.map(({ uid }) => uid)]);
      said.push(exists(this.uids.length));
    }
    for (const change of changes.changed) {
      const number = this.numberOf(change.uid);
      if (number === 0 || change.uid > last || known?.get(change.uid) === change.modSeq) continue;
      said.push(flagsLine(number, change, settings, { withUid: withVanished, withModSeq }));
    }
    this.seenModSeq = changes.modSeq;
    return said;
  }

  private dropGoners(withVanished: boolean): Buffer[] {
    const gone = [...this.goners].sort((a, b) => a - b);
    this.goners.clear();
    const said = withVanished
      ? [vanished(toRanges(gone), false)]
      : // Each number is told as it is after those before it went.
        gone.map((uid, before) => expunge(this.numberOf(uid) - before));
    const ranges = toRanges(gone);
    this.uids = this.uids.filter((uid) => !rangesHave(ranges, uid));
    this.saved = this.saved.filter((uid) => !rangesHave(ranges, uid));
    return said;
  }
}

export function flagsLine(
  number: number,
  change: MessageFlags,
  settings: ResponseSettings,
  { withUid, withModSeq }: { readonly withUid: boolean; readonly withModSeq: boolean },
): Buffer {
  const response = new FetchResponse(number, settings);
  if (withUid) response.uid(change.uid);
  response.flags(fromFlagSet(change));
  if (withModSeq) response.modSeq(change.modSeq);
  return response.end();
}
