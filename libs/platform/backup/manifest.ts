/** One table, or one partition of a table, as it was. */
export interface TableFacts {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: string;
  /** Sum of the 64-bit hashes of all rows, so that their order makes no difference. */
  readonly checksum: string;
  /** Of a partition: where it belongs. */
  readonly partition?: { readonly parent: string; readonly bound: string };
}

export interface SequenceFacts {
  readonly name: string;
  readonly lastValue: string;
  readonly isCalled: boolean;
}

/** What only the recovery key opens. */
export interface BackupManifest {
  /** In the order in which they can be loaded. */
  readonly tables: readonly (TableFacts & {
    /** null: it had no rows. */
    readonly object: string | null;
  })[];
  readonly sequences: readonly SequenceFacts[];
  /** Names of the migrations that had run, oldest first. */
  readonly migrations: readonly string[];
  /** References of all blobs. */
  readonly blobs: readonly string[];
}

/** A file of the store that backups share. */
export interface BackupObject {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What lies beside it in the clear: enough to continue, to check and to clear up, nothing about contents. */
export interface BackupSummary {
  readonly format: 1;
  readonly createdAt: string;
  readonly chapar: string;
  /** Whose recovery key opens it. */
  readonly recipient: string;
  readonly manifest: BackupObject;
  readonly files: BackupObject;
  readonly tables: readonly BackupObject[];
  /** `blobs`: keyed hashes of the references of what is inside, so that the next backup knows what it need not write. */
  readonly packs: readonly (BackupObject & { readonly blobs: readonly string[] })[];
}
