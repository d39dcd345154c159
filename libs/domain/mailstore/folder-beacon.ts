import type { DataSource, QueryRunner } from 'typeorm';
import type { RowId } from '#base/kernel';

const CHANNEL = 'chapar_mail';
/** NOTIFY makes commits wait for each other (one lock for all of them), so it is said beside the transaction, and once for many changes. */
const GATHER_MS = 100;
const RECONNECT_MS = 1_000;

interface ListeningClient {
  query(statement: string): Promise<unknown>;
  on(event: string, listener: (message: { channel?: string; payload?: string }) => void): unknown;
  off(event: string, listener: (message: { channel?: string; payload?: string }) => void): unknown;
}

/**
 * Tells the sessions that look at a folder that something changed there, in this process at once and in others a moment later. Nothing
 * depends on it: whoever does not hear it finds the change when he looks.
 */
export class FolderBeacon {
  private readonly listeners = new Map<RowId, Set<() => void>>();
  private readonly waiting = new Set<RowId>();
  private timer: NodeJS.Timeout | undefined;
  private runner: QueryRunner | undefined;
  private retry: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private readonly dataSource: DataSource) {}

  /** Hears other processes from now on. */
  async open(): Promise<void> {
    if (this.isClosed) return;
    try {
      this.runner = this.dataSource.createQueryRunner();
      const client = (await this.runner.connect()) as ListeningClient;
      client.on('notification', this.onNotification);
      client.on('end', this.onEnd);
      await client.query(`LISTEN ${CHANNEL}`);
    } catch {
      this.reopen();
    }
  }

  /** @returns ends it */
  watch(folderId: RowId, listener: () => void): () => void {
    const all = this.listeners.get(folderId) ?? new Set();
    this.listeners.set(folderId, all.add(listener));
    return () => {
      all.delete(listener);
      if (all.size === 0 && this.listeners.get(folderId) === all) this.listeners.delete(folderId);
    };
  }

  /** After the change is committed. */
  changed(folderId: RowId): void {
    this.tell(folderId);
    if (this.isClosed) return;
    this.waiting.add(folderId);
    this.timer ??= setTimeout(() => void this.send(), GATHER_MS);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    clearTimeout(this.timer);
    await this.send();
    await this.give();
  }

  private async send(): Promise<void> {
    this.timer = undefined;
    const folders = [...this.waiting];
    this.waiting.clear();
    if (folders.length === 0) return;
    await this.dataSource.query('SELECT pg_notify($1, f) FROM unnest($2::text[]) AS f', [CHANNEL, folders]).catch(() => undefined);
  }

  private tell(folderId: RowId): void {
    for (const listener of [...(this.listeners.get(folderId) ?? [])]) listener();
  }

  private readonly onNotification = ({ payload }: { payload?: string }): void => {
    if (payload !== undefined) this.tell(payload);
  };
  private readonly onEnd = (): void => this.reopen();

  private reopen(): void {
    if (this.isClosed || this.retry) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.give().then(() => this.open());
    }, RECONNECT_MS);
  }

  private async give(): Promise<void> {
    const { runner } = this;
    this.runner = undefined;
    if (!runner) return;
    try {
      const client = (await runner.connect()) as ListeningClient;
      client.off('notification', this.onNotification);
      client.off('end', this.onEnd);
      await client.query('UNLISTEN *');
    } catch {
      // A broken connection has nothing to give back.
    }
    await runner.release().catch(() => undefined);
  }
}
