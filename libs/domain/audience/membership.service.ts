import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { audienceError } from './audience.errors.js';
import type { MembershipStatus } from './list-membership.entity.js';

export interface Membership {
  readonly listId: string;
  readonly listName: string;
  readonly status: MembershipStatus;
  readonly updatedAt: Date;
}

export interface SubscribeOptions {
  /** Default: `subscribed`, or `unconfirmed` on a double opt-in list. */
  readonly status?: 'subscribed' | 'unconfirmed';
  /** Whether somebody who unsubscribed joins again. Only the person's own wish is a reason. */
  readonly resubscribe?: boolean;
}

@Injectable()
export class MembershipService {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Puts a contact on a list. Who unsubscribed stays unsubscribed unless `resubscribe` is set; who is subscribed stays so.
   * @returns the status afterwards
   * @throws ChaparError `list_not_found`, `contact_not_found`
   */
  async subscribe(context: ActorContext, listId: string, contactId: string, options: SubscribeOptions = {}): Promise<MembershipStatus> {
    await this.requireBoth(context, listId, contactId);
    const replaceable = options.resubscribe ? ['unconfirmed', 'unsubscribed'] : ['unconfirmed'];
    await this.dataSource.query(
      `INSERT INTO list_memberships AS member (list_id, contact_id, status)
       SELECT id, $3, coalesce($4, CASE opt_in WHEN 'double' THEN 'unconfirmed' ELSE 'subscribed' END) FROM lists WHERE id = $1 AND workspace_id = $2
       ON CONFLICT (list_id, contact_id) DO UPDATE SET status = excluded.status, updated_at = now()
       WHERE member.status = ANY($5::text[]) AND member.status <> excluded.status`,
      [listId, context.workspaceId, contactId, options.status ?? null, replaceable],
    );
    const [row] = (await this.dataSource.query('SELECT status FROM list_memberships WHERE list_id = $1 AND contact_id = $2', [
      listId,
      contactId,
    ])) as {
      status: MembershipStatus;
    }[];
    return row!.status;
  }

  /** Remembers that a contact wants nothing from a list, also when it was never on it: a later import must not add it. */
  async unsubscribe(context: ActorContext, listId: string, contactId: string): Promise<void> {
    await this.requireBoth(context, listId, contactId);
    await this.dataSource.query(
      `INSERT INTO list_memberships AS member (list_id, contact_id, status) VALUES ($1, $2, 'unsubscribed')
       ON CONFLICT (list_id, contact_id) DO UPDATE SET status = 'unsubscribed', updated_at = now() WHERE member.status <> 'unsubscribed'`,
      [listId, contactId],
    );
  }

  /** The lists of a contact, by name. */
  async listsOf(context: ActorContext, contactId: string): Promise<Membership[]> {
    return this.dataSource.query(
      `SELECT l.id AS "listId", l.name AS "listName", m.status, m.updated_at AS "updatedAt"
       FROM list_memberships m JOIN lists l ON l.id = m.list_id WHERE m.contact_id = $1 AND l.workspace_id = $2 ORDER BY l.name_key`,
      [contactId, context.workspaceId],
    );
  }

  private async requireBoth(context: ActorContext, listId: string, contactId: string): Promise<void> {
    const [row] = (await this.dataSource.query(
      `SELECT EXISTS (SELECT FROM lists WHERE id = $1 AND workspace_id = $3) AS list, EXISTS (SELECT FROM contacts WHERE id = $2 AND workspace_id = $3) AS contact`,
      [listId, contactId, context.workspaceId],
    )) as { list: boolean; contact: boolean }[];
    if (!row!.list) throw audienceError('list_not_found', `This workspace has no list ${listId}.`);
    if (!row!.contact) throw audienceError('contact_not_found', `This workspace has no contact ${contactId}.`);
  }
}
