import type { DataSource, QueryRunner } from 'typeorm';
import { CAMPAIGN_CHANNEL, QUEUE_CHANNEL } from './channels.js';

/** The part of pg's client that is needed here. */
interface ListeningClient {
  query(statement: string): Promise<unknown>;
  on(event: string, listener: (message: { channel?: string }) => void): unknown;
  off(event: string, listener: (message: { channel?: string }) => void): unknown;
}

const RECONNECT_MS = 1_000;

/** Hears at once what polling would find a moment later. While its connection is down, polling alone has to do. */
export class QueueListener {
  private runner: QueryRunner | undefined;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly onQueue: () => void,
    private readonly onCampaign: () => void,
  ) {}

  async open(): Promise<void> {
    if (this.isClosed) return;
    try {
      const runner = this.dataSource.createQueryRunner();
      this.runner = runner;
      const client = (await runner.connect()) as ListeningClient;
      client.on('notification', this.onNotification);
      client.on('end', this.onEnd);
      await client.query(`LISTEN ${QUEUE_CHANNEL}`);
      await client.query(`LISTEN ${CAMPAIGN_CHANNEL}`);
    } catch {
      this.reopen();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.give();
  }

  private readonly onNotification = ({ channel }: { channel?: string }): void =>
    channel === CAMPAIGN_CHANNEL ? this.onCampaign() : this.onQueue();
  private readonly onEnd = (): void => this.reopen();

  private reopen(): void {
    if (this.isClosed || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.give().then(() => this.open());
    }, RECONNECT_MS);
  }

  /** The pool gets its connection back as it lent it. */
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
