import type { EnvelopeHints, InboundReading, MessageHeaders } from './dsn.types.js';
import type { MimePart } from './read-mime.js';

/** Everything a reader of one kind of report needs. */
export interface Incoming {
  readonly root: MimePart;
  /** All parts outside of enclosed messages, outermost first. */
  readonly parts: readonly MimePart[];
  readonly headers: MessageHeaders;
  readonly hints: EnvelopeHints;
}

export type Finding = Omit<InboundReading, 'headers'>;
