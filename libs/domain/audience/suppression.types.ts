import type { RowId } from '#base/kernel';
import type { SuppressionReason, SuppressionScope } from './suppression.entity.js';

/** Marketing is what goes out in bulk; transactional mail answers something that the person did. */
export type MailStream = 'marketing' | 'transactional';

export interface NewSuppression {
  /** An address, `@domain` for everyone there, or a pattern such as `*@*.example.org`. */
  readonly address: string;
  readonly reason: SuppressionReason;
  /** `marketing` for unsubscriptions and `all` for everything else, unless said. */
  readonly scope?: SuppressionScope | undefined;
  /** For people: why. */
  readonly detail?: string | undefined;
  /** What made it: `api`, `import`, `dsn`, … */
  readonly source?: string | undefined;
  readonly deliveryId?: RowId | null | undefined;
  /** The row of `events` it follows from. */
  readonly eventId?: RowId | null | undefined;
  /** Mail flows again from then on; absent: never by itself. */
  readonly expiresAt?: Date | null | undefined;
}

export interface Suppression {
  readonly id: string;
  /** The key: an address in lower case, `@domain`, or a pattern. */
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly scope: SuppressionScope;
  readonly detail: string;
  readonly source: string;
  readonly deliveryId: RowId | null;
  readonly eventId: RowId | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

export interface SuppressionQuery {
  readonly search?: string | undefined;
  readonly reason?: SuppressionReason | undefined;
  readonly scope?: SuppressionScope | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** 1 to 500, 50 unless said. */
  readonly limit?: number | undefined;
}

export interface SuppressionPage {
  readonly suppressions: readonly Suppression[];
  /** For the next page; null at the end. */
  readonly nextCursor: string | null;
}

export interface SuppressionsAdded {
  readonly added: number;
  /** Suppressed before, in that scope. */
  readonly existing: number;
}

/** An address that may have mail although a bounce, a domain or a pattern says otherwise. */
export interface SuppressionOverride {
  readonly address: string;
  readonly note: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}
