import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators decide about waiting mail, and what the other side said when mail did not get through. */
export class QueueOrders1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [orders, transcripts]) await runner.query(statements);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const orders = `
  -- action: hold | bounce | cancel. Each of workspace, campaign, site and domain that is not null must fit.
  -- up_to: only deliveries that existed when the order was given. until: null is until it is lifted.
  CREATE TABLE queue_orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL, workspace_id uuid, campaign_id uuid, site text, domain text, up_to bigint,
    reason text NOT NULL DEFAULT '', ordered_by text NOT NULL, until timestamptz, created_at timestamptz NOT NULL DEFAULT now());

  -- hold_id: set aside by that order, since held_at. No foreign key: a sender that sets mail aside must never fail over an
  -- order that was lifted at that moment. Housekeeping frees what such a race leaves behind.
  ALTER TABLE batches ADD COLUMN hold_id int, ADD COLUMN held_at timestamptz;
  CREATE INDEX batches_held ON batches (hold_id) WHERE hold_id IS NOT NULL;
  -- Held mail is out of the way of those who claim.
  DROP INDEX batches_claim;
  CREATE INDEX batches_claim ON batches (lane_id, class, workspace_id, due_at) WHERE lease_owner IS NULL AND hold_id IS NULL;

  -- Grows each time somebody asks to try the lane at once: whoever holds it forgets its suspension.
  ALTER TABLE lanes ADD COLUMN retries_asked int NOT NULL DEFAULT 0;
`;

const transcripts = `
  -- The SMTP dialogue of an attempt that was not accepted, compressed: see libs/domain/sending/transcript-codec.ts
  ALTER TABLE attempts ADD COLUMN transcript bytea;

  -- Mail to people who are no contacts is found by its address; that to contacts by deliveries_contact.
  CREATE INDEX deliveries_address ON deliveries (workspace_id, lower(email), id) WHERE contact_id IS NULL;
`;
