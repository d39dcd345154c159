import type { Logger } from '#base/kernel';
import type { ProviderGate } from '#domain/shaping';
import type { Journal } from './journal.js';
import type { BuiltMessage } from './message-builder.js';
import type { MessageReturns } from './message-returns.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { RetryPolicy } from './retry-schedule.policy.js';
import type { WaysOut } from './ways-out.js';

/** What a lane needs of the process around it. */
export interface LaneHost {
  readonly gate: ProviderGate;
  readonly journal: Journal;
  readonly retry: RetryPolicy;
  readonly logger: Logger;
  readonly ways: WaysOut;
  readonly returns: MessageReturns;
  build(message: OutgoingMessage): Promise<BuiltMessage>;
  holdsLease(): boolean;
  /** A lane's waiting mail has fallen to its low-water mark. */
  wantsMore(): void;
  now(): Date;
}
