import type { RowId } from '#base/kernel';
import { FEEDBACK_LOOP_LOCAL_PART, type TrackingTokens, addressPrefixes } from '#domain/tracking';

/** What an address of ours was made for. */
export type AddressClaim =
  | { readonly kind: 'bounce' | 'reply'; readonly deliveryId: RowId }
  /** Where mailbox providers send complaints; it names nobody. */
  | { readonly kind: 'feedback-loop' }
  /** A mailbox that somebody reads. */
  | { readonly kind: 'mailbox' };

/**
 * Reads the local part of an address: `b-<token>`, `r-<token>` or `fbl`. The token is the proof: who holds it has seen
 * the mail it belongs to.
 * @returns undefined for everything else, and for tokens that this instance did not sign
 */
export function claimOfLocalPart(localPart: string, tokens: TrackingTokens): AddressClaim | undefined {
  const text = localPart.toLowerCase();
  if (text === FEEDBACK_LOOP_LOCAL_PART) return { kind: 'feedback-loop' };
  for (const kind of ['bounce', 'reply'] as const) {
    const prefix = addressPrefixes[kind];
    if (!text.startsWith(prefix)) continue;
    const claim = tokens.verify(kind, text.slice(prefix.length));
    if (claim) return { kind, deliveryId: claim.deliveryId };
  }
  return undefined;
}

/** The delivery that a complaint is about, by what only its mail contains: our return path, or our unsubscribe link. */
export function deliveryOfEvidence(
  evidence: { readonly addresses: readonly string[]; readonly listUnsubscribe?: string | undefined },
  tokens: TrackingTokens,
): RowId | undefined {
  for (const address of evidence.addresses) {
    const claim = claimOfLocalPart(address.slice(0, Math.max(0, address.lastIndexOf('@'))), tokens);
    if (claim && 'deliveryId' in claim) return claim.deliveryId;
  }
  const links = (evidence.listUnsubscribe ?? '').matchAll(/([a-z2-7]{32})/g);
  for (const [, token] of links) {
    const claim = tokens.verify('unsubscribe', token!);
    if (claim) return claim.deliveryId;
  }
  return undefined;
}
