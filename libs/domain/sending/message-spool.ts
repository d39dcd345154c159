import type { DataSource } from 'typeorm';
import type { RowId } from '#base/kernel';
import type { TrackingUrls } from '#domain/tracking';
import { type HeaderField, encodeQpSegment, splitMessage } from '#protocol/mime';
import { sendingError } from './sending.errors.js';

/** What is filled in for each recipient: a click's address, the open pixel, an address to unsubscribe or to read the mail on the web. */
export type SlotKind = 'click' | 'open' | 'unsubscribe' | 'web-view';

/** `messages.spool`: how the stored bytes become the mail of one recipient. */
export interface MessageSpool {
  /** The body is its own relaxed canonical form. */
  readonly isCanonical: boolean;
  /** [offset into the body, kind, position of the link], in ascending order. Bodies with slots are quoted-printable there. */
  readonly slots: readonly (readonly [number, SlotKind, number])[];
  /** Where clicks lead; the link at position n is the nth, from 1. */
  readonly links: readonly string[];
  /** List-Unsubscribe and its one-click form are added. */
  readonly hasUnsubscribe: boolean;
}

/** A spooled message, parted and ready to be finished for its recipients. */
export interface SpooledMessage {
  readonly id: string;
  readonly workspaceId: string;
  readonly domainId: string;
  readonly stream: string;
  readonly createdAt: Date;
  readonly spool: MessageSpool;
  readonly headers: readonly HeaderField[];
  readonly body: Buffer;
  /** Told to somebody about their mail: it leaves with the null sender (RFC 3464 §2). */
  readonly isReport: boolean;
  /** The body has bytes above 127. */
  readonly isEightBit: boolean;
}

/** Where large messages lie: the blob store. */
export interface SpoolBlobs {
  get(ref: string): Promise<Buffer>;
}

interface SpoolRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly domain_id: string;
  readonly stream: string;
  readonly origin: string;
  readonly created_at: Date;
  readonly spool: MessageSpool;
  readonly blob: string | null;
  readonly content: Buffer | null;
}

const CACHE_BYTES = 32 * 1024 * 1024;

/**
 * Reads spooled messages when their turn comes. Those asked for in one turn of the event loop are one query, and a message
 * to many is read once while it is under way.
 */
export class SpoolReader {
  private readonly wanted = new Map<string, { resolve: (message: SpooledMessage) => void; reject: (error: unknown) => void }[]>();
  private readonly kept = new Map<string, SpooledMessage>();
  private keptBytes = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly blobs: SpoolBlobs | undefined,
  ) {}

  /** @throws ChaparError `sending_spool_missing`; anything else: the store did not answer */
  read(id: string): Promise<SpooledMessage> {
    const known = this.kept.get(id);
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      if (this.wanted.size === 0) setImmediate(() => void this.fetch());
      const waiting = this.wanted.get(id);
      if (waiting) waiting.push({ resolve, reject });
      else this.wanted.set(id, [{ resolve, reject }]);
    });
  }

  private async fetch(): Promise<void> {
    const wanted = new Map(this.wanted);
    this.wanted.clear();
    let rows: Map<string, SpoolRow>;
    try {
      const found = (await this.dataSource.query(READ, [[...wanted.keys()]])) as SpoolRow[];
      rows = new Map(found.map((row) => [row.id, row]));
    } catch (error) {
      for (const waiting of wanted.values()) for (const { reject } of waiting) reject(error);
      return;
    }
    await Promise.all(
      [...wanted].map(async ([id, waiting]) => {
        try {
          const message = await this.load(id, rows.get(id));
          for (const { resolve } of waiting) resolve(message);
        } catch (error) {
          for (const { reject } of waiting) reject(error);
        }
      }),
    );
  }

  private async load(id: string, row: SpoolRow | undefined): Promise<SpooledMessage> {
    if (!row) throw sendingError('sending_spool_missing', `The message ${id} is gone.`);
    const bytes = row.blob === null ? row.content : await this.blobs?.get(row.blob);
    if (!bytes) throw sendingError('sending_spool_missing', `The content of the message ${id} is gone.`);
    const parted = splitMessage(bytes);
    const message: SpooledMessage = {
      id,
      workspaceId: row.workspace_id,
      domainId: row.domain_id,
      stream: row.stream,
      createdAt: row.created_at,
      spool: row.spool,
      ...parted,
      isReport: row.origin === 'report',
      isEightBit: parted.body.some((byte) => byte > 127),
    };
    this.keep(message);
    return message;
  }

  /** The oldest go first; what is larger than the whole cache is not kept. */
  private keep(message: SpooledMessage): void {
    const size = message.body.length;
    if (size > CACHE_BYTES / 2 || this.kept.has(message.id)) return;
    this.kept.set(message.id, message);
    this.keptBytes += size;
    for (const [id, { body }] of this.kept) {
      if (this.keptBytes <= CACHE_BYTES) break;
      this.kept.delete(id);
      this.keptBytes -= body.length;
    }
  }
}

const READ = `
  SELECT m.id, m.workspace_id, m.domain_id, m.stream, m.origin, m.created_at, m.spool, m.blob, b.content
  FROM messages m LEFT JOIN message_bodies b ON b.message_id = m.id WHERE m.id = ANY($1::uuid[])`;

/** A body with its slots filled. */
export function fillSlots(
  { spool, body }: Pick<SpooledMessage, 'spool' | 'body'>,
  textOf: (kind: SlotKind, position: number) => string,
): Buffer {
  if (spool.slots.length === 0) return body;
  const pieces: Buffer[] = [];
  let from = 0;
  for (const [offset, kind, position] of spool.slots) {
    pieces.push(body.subarray(from, offset), encodeQpSegment(textOf(kind, position)));
    from = offset;
  }
  pieces.push(body.subarray(from));
  return Buffer.concat(pieces);
}

/** What one recipient gets in a slot. Our addresses hold nothing that HTML would have to escape. */
export function recipientSlot(kind: SlotKind, position: number, deliveryId: RowId, urls: TrackingUrls): string {
  switch (kind) {
    case 'click':
      return urls.click(deliveryId, position);
    case 'open':
      return `<img src="${urls.openPixel(deliveryId)}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">`;
    case 'unsubscribe':
      return urls.unsubscribe(deliveryId);
    case 'web-view':
      return urls.webView(deliveryId);
  }
}
