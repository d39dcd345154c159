import type { DataSource, EntityManager } from 'typeorm';
import { MailClass, Outcome, Via } from '#base/contracts';
import { CAMPAIGN_CHANNEL, QUEUE_CHANNEL } from './channels.js';
import { type SettledBatch, settleWholeBatches } from './settle-batches.js';

/**
 * What people do to mail that is under way. The status of a campaign is the truth; this tells the senders to look at it,
 * and settles what lies in the queue. Senders also look by themselves, every second.
 */
export class SendingControl {
  constructor(private readonly dataSource: DataSource) {}

  /** After a pause or a resume was committed: senders hand unsent mail of a paused campaign back, or fetch it again. */
  async campaignChanged(campaignId: string): Promise<void> {
    await this.dataSource.query('SELECT pg_notify($1, $2), pg_notify($3, $4)', [CAMPAIGN_CHANNEL, campaignId, QUEUE_CHANNEL, '']);
  }

  /**
   * After a cancellation was committed: every delivery that still waits is recorded as cancelled. What a sender has in
   * memory it cancels itself, within a second; what a server is just being told is finished.
   * @returns how many deliveries were cancelled here
   */
  async cancel(campaignId: string): Promise<number> {
    // Settling a large campaign takes a while; what is in a sender's hands shall not leave meanwhile.
    await this.campaignChanged(campaignId);
    const cancelled = await this.dataSource.transaction((manager) => cancelQueued(manager, campaignId));
    await this.campaignChanged(campaignId);
    return cancelled;
  }
}

/** Settles the waiting batches of a cancelled campaign. Leased ones belong to their sender. */
export async function cancelQueued(manager: EntityManager, campaignId: string): Promise<number> {
  const [batches]: [SettledBatch[], number] = await manager.query(
    `DELETE FROM batches WHERE campaign_id = $1 AND class = ${MailClass.bulk} AND lease_owner IS NULL
     RETURNING workspace_id, campaign_id, lane_id, class, attempt, delivery_ids`,
    [campaignId],
  );
  return settleWholeBatches(manager, batches, {
    outcome: Outcome.cancelled,
    via: Via.queue,
    bounceClass: null,
    reply: 'The campaign was cancelled.',
  });
}
