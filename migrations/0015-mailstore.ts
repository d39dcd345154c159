import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mailboxes that people read over IMAP and POP3. */
export class Mailstore1700000000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [accounts, folders, messages]) await runner.query(statements);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const accounts = `
  -- address_key: lower case. uidvalidity: the last one given out; never goes back. quota_bytes: NULL is no limit.
  CREATE TABLE mail_accounts (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    address text NOT NULL, address_key text NOT NULL UNIQUE, display_name text NOT NULL DEFAULT '', password_hash text,
    quota_bytes bigint, used_bytes bigint NOT NULL DEFAULT 0, used_messages int NOT NULL DEFAULT 0, uidvalidity bigint NOT NULL DEFAULT 0,
    is_catch_all boolean NOT NULL DEFAULT false, takes_replies boolean NOT NULL DEFAULT false,
    disabled_capabilities text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(), disabled_at timestamptz, last_sign_in_at timestamptz);
  CREATE INDEX mail_accounts_workspace ON mail_accounts (workspace_id, address_key);

  CREATE TABLE mail_aliases (
    address_key text PRIMARY KEY, account_id uuid NOT NULL REFERENCES mail_accounts ON DELETE CASCADE, created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX mail_aliases_account ON mail_aliases (account_id);

  -- hash: HMAC-SHA-256 of the random secret under a key of the instance. prefix finds the row.
  CREATE TABLE mail_app_passwords (
    id uuid PRIMARY KEY, account_id uuid NOT NULL REFERENCES mail_accounts ON DELETE CASCADE, name text NOT NULL,
    prefix text NOT NULL UNIQUE, hash bytea NOT NULL, scopes text[] NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz, last_used_at timestamptz);
  CREATE INDEX mail_app_passwords_account ON mail_app_passwords (account_id);
`;

const folders = `
  -- name: as people read it, levels by '/'. modseq: the highest given out. expunge_floor: tombstones up to it are gone.
  CREATE TABLE mail_folders (
    id bigint PRIMARY KEY DEFAULT chapar_row_id(), account_id uuid NOT NULL REFERENCES mail_accounts ON DELETE CASCADE,
    name text NOT NULL, special_use text, uidvalidity bigint NOT NULL, uidnext int NOT NULL DEFAULT 1, modseq bigint NOT NULL DEFAULT 1,
    expunge_floor bigint NOT NULL DEFAULT 0, messages int NOT NULL DEFAULT 0, bytes bigint NOT NULL DEFAULT 0,
    keywords text[] NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT mail_folders_name UNIQUE (account_id, name));

  -- Names stay subscribed when their folder is gone (RFC 9051 §6.3.7).
  CREATE TABLE mail_subscriptions (
    account_id uuid NOT NULL REFERENCES mail_accounts ON DELETE CASCADE, name text NOT NULL, PRIMARY KEY (account_id, name));
`;

const messages = `
  -- flags: bits of SYSTEM_FLAG_BITS. prefix: fields that our delivery added, shown before the blob's bytes. email_id: the same for
  -- copies of one message. structure: encodeStructure of the blob alone. header_text, body_text: normalised, for SEARCH.
  CREATE TABLE mail_messages (
    folder_id bigint NOT NULL REFERENCES mail_folders ON DELETE CASCADE, uid int NOT NULL, modseq bigint NOT NULL,
    flags smallint NOT NULL DEFAULT 0, keywords text[] NOT NULL DEFAULT '{}', internal_date timestamptz NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(), sent_on date, size_bytes int NOT NULL, prefix bytea, blob text NOT NULL,
    email_id uuid NOT NULL, structure jsonb NOT NULL, header_text text NOT NULL, body_text text NOT NULL,
    PRIMARY KEY (folder_id, uid));
  CREATE INDEX mail_messages_modseq ON mail_messages (folder_id, modseq);
  CREATE INDEX mail_messages_unseen ON mail_messages (folder_id) WHERE flags & 1 = 0;
  CREATE INDEX mail_messages_deleted ON mail_messages (folder_id, uid) WHERE flags & 8 <> 0;
  CREATE INDEX mail_messages_blob ON mail_messages (blob);

  CREATE TABLE mail_expunged (
    folder_id bigint NOT NULL REFERENCES mail_folders ON DELETE CASCADE, uid int NOT NULL, modseq bigint NOT NULL,
    expunged_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (folder_id, uid));
  CREATE INDEX mail_expunged_modseq ON mail_expunged (folder_id, modseq);
`;
