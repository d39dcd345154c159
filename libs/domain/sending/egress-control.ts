import type { DataSource } from 'typeorm';
import { type EgressSources, type SourceState, type SourceView, egressError } from '#domain/egress';
import { type Moved, moveStranded } from './move-mail.js';
import { announceOrders } from './queue-orders.js';

export interface SourceStateChange extends Moved {
  readonly source: SourceView;
  /** Deliveries that still wait for the source: in the hands of senders, who give them back within a second, or without another source to go to. */
  readonly left: number;
}

/** What is done to sources that have mail. */
export class EgressControl {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sources: EgressSources,
  ) {}

  /** A source that is drained or disabled hands its waiting mail to the active ones of its pools. */
  async setState(name: string, state: SourceState, by: string): Promise<SourceStateChange> {
    const source = await this.dataSource.transaction(async (manager) => {
      const changed = await this.sources.setState(manager, name, state, by);
      await announceOrders(manager);
      return changed;
    });
    const moved = state === 'active' ? { changed: 0, to: [] } : await moveStranded(this.dataSource, name);
    return { source, ...moved, left: state === 'active' ? 0 : await this.waiting(source.id) };
  }

  /** @throws ChaparError `egress_in_use` while mail waits for it or it is the last of a pool */
  async remove(name: string, by: string): Promise<void> {
    const { id } = await this.sources.get(name);
    await this.dataSource.transaction(async (manager) => {
      await this.sources.remove(manager, name, by);
      const waiting = await this.waiting(id, manager);
      if (waiting > 0)
        throw egressError(
          'egress_in_use',
          `${waiting} messages still wait for ${name}. Drain it first: chapar egress source drain ${name}`,
        );
    });
  }

  private async waiting(sourceId: number, manager: Pick<DataSource, 'query'> = this.dataSource): Promise<number> {
    const [{ n }] = (await manager.query(
      `SELECT coalesce(sum(cardinality(b.delivery_ids)), 0)::int AS n FROM lanes l JOIN batches b ON b.lane_id = l.id WHERE l.source_id = $1`,
      [sourceId],
    )) as [{ n: number }];
    return n;
  }
}
