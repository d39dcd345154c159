import { type MessageFacts, SEEN, type StoredMessage, fromFlagSet } from '#domain/mailstore';
import { type CommandOf, type FetchItem, FetchResponse, vanished, rangesHave, resolveSet, toRanges } from '#protocol/imap';
import {
  type MessageStructure,
  PREVIEW_BYTES,
  decodeTransfer,
  filterHeader,
  findPart,
  parseStructure,
  partialRange,
  previewPart,
  previewText,
  sectionRange,
  withPrefix,
} from '#protocol/mime-structure';
import { type Answer, ImapRefusal, ok } from './answers.js';
import type { ImapSession } from './imap-session.js';

/** Messages read from the database at once: enough to be quick, few enough to hold. */
const PAGE = { plain: 2_000, whole: 100 } as const;
/** Answers that are written together. */
const FLIGHT_BYTES = 64 * 1024;

/** FETCH (RFC 9051 §6.4.5), with CHANGEDSINCE and VANISHED of RFC 7162. */
export async function fetch(session: ImapSession, command: CommandOf<'FETCH'>): Promise<Answer> {
  const { services, enabled } = session;
  const selected = session.selected!;
  if (command.vanished && !enabled.qresync) throw new ImapRefusal('Enable QRESYNC first', undefined, 'BAD');
  if (!command.isUid && selected.isBeyond(command.set)) throw new ImapRefusal('There are not so many messages', undefined, 'BAD');
  const items = itemsOf(session, command);
  let uids = selected.named(command.set, command.isUid);
  const { folder } = selected;
  if (command.changedSince !== undefined) {
    enabled.condstore = true;
    if (command.vanished && command.set !== '$') {
      const named = resolveSet(command.set, selected.allUids.at(-1) ?? 0);
      const gone = ((await services.messages.expungedSince(folder.id, command.changedSince)) ?? []).filter((uid) => rangesHave(named, uid));
      if (gone.length > 0) await session.say(vanished(toRanges(gone), true));
    }
    uids = (await services.messages.flagsOf(folder.id, uids, command.changedSince)).map(({ uid }) => uid);
  }
  const seen = await markSeen(session, items, uids);
  const needsStructure = items.some(({ item }) => !plainItems.has(item));
  const saysFlags = seen.size > 0 || items.some(({ item }) => item === 'FLAGS' || item === 'MODSEQ');
  const wholeMessages = (page: readonly number[]) =>
    saysFlags ? services.messages.read(folder.id, page) : services.messages.readAgain(folder.id, page);
  const size = needsStructure ? PAGE.whole : PAGE.plain;
  let missed = 0;
  for (let at = 0; at < uids.length && !session.isOver; at += size) {
    const page = uids.slice(at, at + size);
    const messages = needsStructure ? await wholeMessages(page) : await services.messages.readFacts(folder.id, page);
    missed += page.length - messages.length;
    await sayTogether(session, messages, (message) => new OneMessage(session, message, items, seen.get(message.uid)).answer());
  }
  // What we changed ourselves was said with it.
  if (seen.size > 0) await session.tellChanges(command.isUid, seen);
  return ok('Fetched', missed > 0 ? 'EXPUNGEISSUED' : undefined);
}

/** One write for many small answers; a large one goes by itself. */
async function sayTogether(
  session: ImapSession,
  messages: readonly (MessageFacts | StoredMessage)[],
  answer: (message: MessageFacts | StoredMessage) => Promise<Buffer | undefined>,
): Promise<void> {
  let flight: Buffer[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (session.isOver) return;
    const said = await answer(message);
    if (!said) continue;
    flight.push(said);
    bytes += said.length;
    if (bytes < FLIGHT_BYTES) continue;
    await session.say(flight.length === 1 ? flight[0]! : Buffer.concat(flight));
    [flight, bytes] = [[], 0];
  }
  if (flight.length > 0) await session.say(Buffer.concat(flight));
}

const plainItems: ReadonlySet<FetchItem['item']> = new Set([
  'FLAGS',
  'UID',
  'INTERNALDATE',
  'RFC822.SIZE',
  'MODSEQ',
  'EMAILID',
  'THREADID',
  'SAVEDATE',
]);

/** UID FETCH has a UID in each answer, and CONDSTORE a MODSEQ. */
function itemsOf(session: ImapSession, { isUid, items, changedSince }: CommandOf<'FETCH'>): FetchItem[] {
  const wanted = [...items];
  const has = (name: FetchItem['item']) => wanted.some(({ item }) => item === name);
  if (has('MODSEQ')) session.enabled.condstore = true;
  if (isUid && !has('UID')) wanted.unshift({ item: 'UID' });
  if (changedSince !== undefined && !has('MODSEQ')) wanted.push({ item: 'MODSEQ' });
  return wanted;
}

/** Reading a body marks its message as seen. @returns the new MODSEQ by UID, of those that were not */
async function markSeen(
  { selected, services }: ImapSession,
  items: readonly FetchItem[],
  uids: readonly number[],
): Promise<Map<number, bigint>> {
  const reads = items.some((item) => (item.item === 'BODY' || item.item === 'BINARY') && !item.isPeek);
  if (!reads || selected!.isReadOnly || uids.length === 0) return new Map();
  const { changed } = await services.messages.setFlags(selected!.folder.id, uids, { mode: 'add', flags: { bits: SEEN, keywords: [] } });
  return new Map(changed.map(({ uid, modSeq }) => [uid, modSeq]));
}

/** The answer for one message. */
class OneMessage {
  private readonly response: FetchResponse;
  private known: MessageStructure | undefined;

  constructor(
    private readonly session: ImapSession,
    private readonly message: MessageFacts | StoredMessage,
    private readonly items: readonly FetchItem[],
    private readonly newModSeq: bigint | undefined,
  ) {
    this.response = new FetchResponse(session.selected!.numberOf(message.uid), session.settings);
  }

  /** @returns undefined where the session does not know the message */
  async answer(): Promise<Buffer | undefined> {
    if (!this.session.selected!.has(this.message.uid)) return undefined;
    for (const item of this.items) {
      const work = this.add(item);
      // Most items need no look at the bytes: waiting costs more than they do.
      if (work) await work;
    }
    const hasFlags = this.items.some(({ item }) => item === 'FLAGS');
    // In the same line: a second FETCH for one message confuses clients.
    if (this.newModSeq !== undefined && !hasFlags) this.response.flags(fromFlagSet(this.message));
    return this.response.end();
  }

  private add(item: FetchItem): Promise<void> | void {
    const { response, message } = this;
    switch (item.item) {
      case 'UID':
        return void response.uid(message.uid);
      case 'FLAGS':
        return void response.flags(fromFlagSet(message));
      case 'INTERNALDATE':
        return void response.internalDate(message.internalDate);
      case 'RFC822.SIZE':
        return void response.size(message.sizeBytes);
      case 'MODSEQ':
        return void response.modSeq(message.modSeq);
      case 'EMAILID':
        return void response.emailId(`M${message.emailId.replaceAll('-', '')}`);
      case 'THREADID':
        return void response.threadId(null);
      case 'SAVEDATE':
        return void response.saveDate(message.savedAt);
      case 'ENVELOPE':
        return this.structure().then(({ envelope }) => void response.envelope(envelope));
      case 'BODYSTRUCTURE':
        return this.structure().then(({ root }) => void response.bodyStructure(root, item.isExtended));
      case 'BODY':
        return this.body(item);
      case 'BINARY':
      case 'BINARY.SIZE':
        return this.binary(item);
      case 'PREVIEW':
        return this.preview().then((text) => void response.preview(text));
      default:
        return item satisfies never;
    }
  }

  private async body(item: Extract<FetchItem, { item: 'BODY' }>): Promise<void> {
    const { section, partial } = item;
    const range = sectionRange(await this.structure(), section);
    if (!range) return void this.response.body(item, null);
    if (section.fields !== undefined) {
      const header = filterHeader(await this.range(range.start, range.length), section.fields, section.text === 'HEADER.FIELDS.NOT');
      const cut = partialRange({ start: 0, length: header.length }, partial);
      return void this.response.body(item, header.subarray(cut.start, cut.start + cut.length));
    }
    const { start, length } = partialRange(range, partial);
    this.response.body(item, await this.range(start, length));
  }

  private async binary(item: Extract<FetchItem, { item: 'BINARY' | 'BINARY.SIZE' }>): Promise<void> {
    const structure = await this.structure();
    const part = item.part.length === 0 ? structure.root : findPart(structure, item.part);
    const isWhole = item.part.length === 0;
    const range = isWhole ? { start: 0, length: structure.sizeBytes } : part?.body;
    const raw = range && (await this.range(range.start, range.length));
    const data = raw && (isWhole || !part || part.kind === 'multipart' ? raw : decodeTransfer(raw, part.encoding));
    if (raw && !data) throw new ImapRefusal('The encoding of the part is not known', 'UNKNOWN-CTE');
    if (item.item === 'BINARY.SIZE') return void this.response.binarySize(item.part, data?.length ?? 0);
    const cut = data && partialRange({ start: 0, length: data.length }, item.partial);
    this.response.binary(item, data && cut ? data.subarray(cut.start, cut.start + cut.length) : null);
  }

  private async preview(): Promise<string> {
    const structure = await this.structure();
    const part = previewPart(structure);
    if (!part) return '';
    return previewText(part, await this.range(part.body.start, Math.min(part.body.length, PREVIEW_BYTES)));
  }

  /** With what our delivery put before it. */
  private async structure(): Promise<MessageStructure> {
    if (this.known) return this.known;
    const { structure, blob, prefix } = this.stored;
    const own = structure ?? parseStructure(await this.session.services.bytes.blob(blob));
    return (this.known = withPrefix(own, prefix?.length ?? 0));
  }

  /** Where bytes are asked for, they were read (`plainItems`). */
  private get stored(): StoredMessage {
    return this.message as StoredMessage;
  }

  private range(start: number, length: number): Promise<Buffer> {
    return this.session.services.bytes.range(this.stored, start, length);
  }
}
