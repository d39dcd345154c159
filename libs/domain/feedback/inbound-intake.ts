import type { Readable } from 'node:stream';
import type { DataSource } from 'typeorm';
import type { ReceptionSignals } from '#base/contracts';
import { type Logger, messageOf } from '#base/kernel';
import type { BlobStore, StoredBlob } from '#platform/blobs';
import type { JobTransport } from '#platform/jobs';
import { inboundJob } from './inbound-job.js';
import type { InboundRecipients, InboundTarget } from './inbound-recipients.js';

export interface IncomingEnvelope {
  /** '' is the null sender. */
  readonly mailFrom: string;
  readonly recipients: readonly string[];
  /** What was found out about the sender; asked once the content has been read to its end. */
  readonly reception?: () => ReceptionSignals;
}

/** Takes a message durably, and leaves the reading of it to the worker: bounces come in floods. */
export class InboundIntake {
  constructor(
    private readonly dataSource: DataSource,
    private readonly recipients: InboundRecipients,
    private readonly blobs: BlobStore,
    private readonly jobs: JobTransport,
    private readonly logger: Logger,
  ) {}

  /**
   * Resolves when the bytes are on disk and a row per recipient is committed: only then may the client hear 250. A message
   * that is sent again after a lost 250 gives second rows, which are read as repeats.
   */
  async take(envelope: IncomingEnvelope, content: Readable): Promise<void> {
    const targets = await this.targetsOf(envelope);
    const blobs = await this.store(
      targets.map(({ target }) => target.workspaceId),
      content,
    );
    const reception = envelope.reception?.();
    await this.dataSource.query(
      `INSERT INTO inbound_messages (workspace_id, kind, recipient, mail_from, delivery_id, blob, size_bytes, reception)
       SELECT t.workspace_id, 'waiting', t.recipient, $2, t.delivery_id, t.blob, t.size_bytes, $3::jsonb
       FROM jsonb_to_recordset($1::jsonb) AS t (workspace_id uuid, recipient text, delivery_id bigint, blob text, size_bytes int)`,
      [
        JSON.stringify(
          targets.map(({ recipient, target }) => ({
            workspace_id: target.workspaceId,
            recipient,
            delivery_id: 'deliveryId' in target.claim ? target.claim.deliveryId : null,
            blob: blobs.get(target.workspaceId)!.ref,
            size_bytes: blobs.get(target.workspaceId)!.sizeBytes,
          })),
        ),
        envelope.mailFrom,
        reception === undefined ? null : JSON.stringify(reception),
      ],
    );
    // The rows are what counts; the worker's sweep finds them should this ticket be lost.
    await this.jobs
      .enqueue(inboundJob, {}, { key: 'inbound' })
      .catch((error: unknown) => this.logger.warn({ reason: messageOf(error) }, 'no ticket for incoming mail; the sweep will find it'));
  }

  private async targetsOf(envelope: IncomingEnvelope): Promise<{ recipient: string; target: InboundTarget }[]> {
    const targets: { recipient: string; target: InboundTarget }[] = [];
    for (const recipient of envelope.recipients) {
      const target = await this.recipients.find(recipient);
      // It was there at RCPT. Gone since: the client asks again and then hears 550.
      if (!target) throw new Error('a recipient disappeared during the transaction');
      targets.push({ recipient, target });
    }
    return targets;
  }

  /** Once per workspace: what one tenant deletes must not be gone for another. */
  private async store(workspaceIds: readonly string[], content: Readable): Promise<Map<string, StoredBlob>> {
    const stored = new Map<string, StoredBlob>();
    for (const workspaceId of new Set(workspaceIds)) {
      const [first] = stored.values();
      stored.set(workspaceId, await this.blobs.put(workspaceId, first ? this.blobs.stream(first.ref) : content));
    }
    return stored;
  }
}
