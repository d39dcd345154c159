import { defineErrors } from '#base/kernel';

export const databaseError = defineErrors({
  embedded_database_unsupported: {
    kind: 'unavailable',
    retry: 'after-fix',
    meaning: 'No PostgreSQL is shipped for this platform. Set DATABASE_URL to a PostgreSQL 15 or newer.',
  },
  embedded_database_failed: {
    kind: 'unavailable',
    retry: 'after-fix',
    meaning: 'The embedded PostgreSQL did not start. The message holds the last lines of its log and what to do.',
  },
  embedded_database_missing: {
    kind: 'unavailable',
    retry: 'after-fix',
    meaning:
      'The data directory links to a database elsewhere that is gone. Put it back, restore a backup, or remove the link to begin anew.',
  },
  data_directory_unusable: {
    kind: 'unavailable',
    retry: 'after-fix',
    meaning: 'The data directory cannot be created or written. Give the user write permission or set CHAPAR_DATA_DIR.',
  },
  data_directory_in_use: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'Another running instance holds this data directory. Stop it, or use another CHAPAR_DATA_DIR.',
  },
  database_unreachable: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'PostgreSQL does not answer. Check DATABASE_URL, the server and the network.',
  },
  schema_ahead: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'The database was migrated by a newer version of Chapar. Run that version, or restore a backup.',
  },
});
