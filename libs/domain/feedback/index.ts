import { InboundMessageEntity } from './inbound-message.entity.js';
import { LedgerCursorEntity } from './ledger-cursor.entity.js';
import { SoftBounceEntity } from './soft-bounce.entity.js';
import { ThreadEntity, ThreadMessageEntity } from './thread.entity.js';

export { INBOUND_ROUTE, InboundFiltering, type InboundFilteringParts, releaseInbound } from './inbound-filtering.js';
export { InboundIntake, type IncomingEnvelope } from './inbound-intake.js';
export { type AuthorStanding, type DmarcHandling, authorStanding, dmarcHandlings, refusesForDmarc } from './author.policy.js';
export type { AfterCommit, MailForMailbox, MailboxPort } from './inbound-answers.js';
export { InboundProcessor, type InboundProcessorOptions } from './inbound-processor.js';
export { InboundRecipients, type InboundTarget, type MailboxDirectory } from './inbound-recipients.js';
export { workOnInbound } from './inbound-work.js';
export { forgetExpiredSuppressions, forgetOldInbound } from './retention.js';
export { type IncomingAnswer, type Thread, type ThreadMessage, type ThreadQuery, ThreadService } from './thread.service.js';
export { type BouncedDelivery, suppressHardBounces } from './suppression.policy.js';

export { type LedgerStretch, readLedger } from './ledger-cursor.js';
export { SoftBounces, type SoftBounceRule, softBounceRules } from './soft-bounces.js';

export const feedbackEntities = [InboundMessageEntity, ThreadEntity, ThreadMessageEntity, SoftBounceEntity, LedgerCursorEntity];
