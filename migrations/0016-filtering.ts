import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was learnt of wanted and unwanted mail, what was held back, and what was found of each incoming message. */
export class Filtering1700000000016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [training, quarantine, inbound]) await runner.query(statements);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const training = `
  -- token: 52-bit hash of a word, pair or trait; spam and ham: messages that had it. seen_on: when last learnt, for expiry.
  CREATE TABLE spam_tokens (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, token bigint NOT NULL,
    spam int NOT NULL DEFAULT 0, ham int NOT NULL DEFAULT 0, seen_on date NOT NULL,
    PRIMARY KEY (workspace_id, token));
  CREATE INDEX spam_tokens_seen ON spam_tokens (seen_on);

  CREATE TABLE spam_totals (
    workspace_id uuid PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE, spam int NOT NULL DEFAULT 0, ham int NOT NULL DEFAULT 0);

  -- Each message counts once. kind: 'ham' | 'junk'; message_hash: SHA-256 of its bytes.
  CREATE TABLE spam_trainings (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, message_hash bytea NOT NULL,
    kind text NOT NULL, trained_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (workspace_id, message_hash));
  CREATE INDEX spam_trainings_at ON spam_trainings (trained_at);

  -- Mail that people moved into or out of Junk, still to be learnt from.
  CREATE TABLE spam_moves (
    id bigint NOT NULL DEFAULT chapar_row_id() PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    blob text NOT NULL, kind text NOT NULL, failures int NOT NULL DEFAULT 0);
`;

const quarantine = `
  -- state: 'held' | 'released' | 'deleted'. cause: 'virus' | 'risk' | 'spam'. route: where it goes when it is released,
  -- subject_id: its row there.
  CREATE TABLE quarantined_messages (
    id bigint NOT NULL DEFAULT chapar_row_id() PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'held', cause text NOT NULL, route text NOT NULL, subject_id text NOT NULL,
    blob text NOT NULL, size_bytes int NOT NULL, recipient text NOT NULL, mail_from text NOT NULL, header_from text NOT NULL DEFAULT '',
    subject text NOT NULL DEFAULT '', score real NOT NULL DEFAULT 0, reasons jsonb NOT NULL DEFAULT '[]',
    held_at timestamptz NOT NULL DEFAULT now(), decided_at timestamptz, decided_by text NOT NULL DEFAULT '',
    UNIQUE (route, subject_id));
  CREATE INDEX quarantined_messages_list ON quarantined_messages (workspace_id, state, id);
`;

const inbound = `
  -- spam_verdict: null (not judged), ham | junk | reject | released (somebody said that it is wanted) | unjudged (a report).
  -- due_at: not before, while a scanner does not answer.
  ALTER TABLE inbound_messages ADD COLUMN spam_verdict text, ADD COLUMN spam_score real, ADD COLUMN spam_reasons jsonb, ADD COLUMN due_at timestamptz;
  -- is_junk: nothing in it but mail that was judged junk.
  ALTER TABLE threads ADD COLUMN is_junk boolean NOT NULL DEFAULT false;
`;
