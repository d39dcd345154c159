/** Raise it whenever the same bytes would give another structure. */
export const STRUCTURE_VERSION = 1;

/** Bounds of what is read out of one message; the rest of it stays reachable as bytes. */
export interface StructureLimits {
  /** All parts, containers among them. */
  readonly parts: number;
  /** Containers in containers. */
  readonly depth: number;
  /** Of one header that is read for its fields; later fields are not seen. */
  readonly headerBytes: number;
  /** Of all headers together, so that a stored structure stays small. */
  readonly totalHeaderBytes: number;
}

export const defaultStructureLimits: StructureLimits = { parts: 10_000, depth: 100, headerBytes: 262_144, totalHeaderBytes: 4_194_304 };
