import type { ReceptionSignals } from '#base/contracts';

/** What is done with mail that fails the checks that its author's domain asks for: noted, set aside as junk, or refused at once. */
export const dmarcHandlings = ['monitor', 'quarantine', 'reject'] as const;
export type DmarcHandling = (typeof dmarcHandlings)[number];

/** Whether the message says whose it is, and whether that is true. */
export type AuthorStanding =
  /** The domain of From: vouches for the message: by DMARC, or where it has no policy by an aligned SPF or DKIM pass. */
  | 'proved'
  /** Nobody can tell: the domain publishes nothing, or its name servers are silent. */
  | 'unknown'
  /** The domain says that its mail does not look like this, or there is no one author to ask about. */
  | 'contradicted';

/**
 * A DKIM pass that leaves the end of the body open (l=) proves nothing about what somebody may have added.
 * @param reception null where the sender was not asked about, as with our own simulator
 */
export function authorStanding(reception: ReceptionSignals | null): AuthorStanding {
  if (!reception) return 'unknown';
  const { spf, dkim, dmarc } = reception;
  if (dmarc.result === 'permerror') return 'contradicted';
  const isVouchedFor = dmarc.isSpfAligned || dkim.some(({ result, isAligned, coversBody }) => result === 'pass' && isAligned && coversBody);
  if (isVouchedFor && (dmarc.result === 'pass' || dmarc.result === 'none')) return 'proved';
  if (dmarc.result === 'fail') return 'contradicted';
  return dmarc.result === 'none' && spf.result === 'fail' ? 'contradicted' : 'unknown';
}

/** Whether it is refused while it comes in: the only moment at which refusing bothers nobody else. */
export function refusesForDmarc({ dmarc }: ReceptionSignals, handling: DmarcHandling): boolean {
  return handling === 'reject' && dmarc.result === 'fail' && dmarc.policy === 'reject';
}

/** Whether it is kept, but nothing it says is done. */
export function isJunkForDmarc(reception: ReceptionSignals | null, handling: DmarcHandling): boolean {
  if (!reception || handling === 'monitor') return false;
  const { result, policy } = reception.dmarc;
  return result === 'permerror' || (result === 'fail' && (policy === 'quarantine' || policy === 'reject'));
}
