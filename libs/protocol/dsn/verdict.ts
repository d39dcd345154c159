import type { BounceClass } from '#base/contracts';
import { explainBounceClass, explainDelay } from './explanations.js';

/** What a report comes to: kind, permanence, class, codes, and a sentence for people. */
export function outcome(
  isDelayed: boolean,
  verdict: { permanent: boolean; class: BounceClass; smtpCode?: number; enhancedCode?: string },
  reason: string | undefined,
  recipient: string | undefined,
) {
  return {
    kind: isDelayed ? ('delayed' as const) : ('bounce' as const),
    permanent: !isDelayed && verdict.permanent,
    class: verdict.class,
    ...(verdict.enhancedCode ? { enhancedCode: verdict.enhancedCode } : {}),
    ...(verdict.smtpCode ? { smtpCode: verdict.smtpCode } : {}),
    ...(reason ? { reason } : {}),
    explanation: isDelayed ? explainDelay(verdict.class, recipient) : explainBounceClass(verdict.class, recipient),
  };
}
