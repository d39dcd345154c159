import type { RowId } from '#base/kernel';
import type { StoredMessage } from './message.types.js';

const MOST = 2_000;
/** Of larger ones the structure may be large too. */
const LARGEST = 1024 * 1024;

/** Messages that were read a moment ago: all of them but flags and MODSEQ never changes, and programs fetch one message in many pieces. */
export class KnownMessages {
  private readonly known = new Map<string, StoredMessage>();

  /** @returns undefined unless all of them are known; their flags are as they were */
  get(folderId: RowId, uids: readonly number[]): StoredMessage[] | undefined {
    const found: StoredMessage[] = [];
    for (const uid of uids) {
      const message = this.known.get(`${folderId} ${uid}`);
      if (!message) return undefined;
      found.push(message);
    }
    return found;
  }

  keep(folderId: RowId, messages: readonly StoredMessage[]): void {
    for (const message of messages) {
      if (message.sizeBytes > LARGEST) continue;
      const key = `${folderId} ${message.uid}`;
      this.known.delete(key);
      this.known.set(key, message);
    }
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MOST) break;
      this.known.delete(oldest);
    }
  }
}
