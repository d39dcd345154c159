import { createHash } from 'node:crypto';
import type { Dialect } from './dialects.js';
import { type BehaviourRates, type Reactions, fateOf } from './fate.js';
import type { ReceivedMessage, SessionPolicy } from './inbound-session.js';
import { readHeader } from './read-message.js';

export interface AcceptedMessage {
  readonly sender: string;
  readonly recipient: string;
  readonly content: Buffer;
  readonly reactions: Reactions;
}

export interface ProviderCounters {
  accepted: number;
  deferred: number;
  refused: number;
  throttled: number;
}

export interface MailboxOptions {
  readonly seed: string;
  readonly dialect: Dialect;
  readonly rates: BehaviourRates;
  /** Messages a second from one sender, beyond which the provider asks to slow down. */
  readonly maxPerSecond: number;
  /** Simulated seconds per real second. */
  readonly timeScale: number;
  readonly now: () => number;
  readonly onAccepted: (message: AcceptedMessage) => void;
}

const GREYLIST_SECONDS = 300;
const BUSY_TRIES = 2;
/** How far a provider lets a burst go beyond its rate. */
const BURST_SECONDS = 2;

/** The mailboxes of one provider: who exists, who is greylisted, and how fast mail may come. */
export class ProviderMailboxes implements SessionPolicy {
  readonly counters: ProviderCounters = { accepted: 0, deferred: 0, refused: 0, throttled: 0 };
  private readonly firstSeen = new Map<string, number>();
  private readonly tries = new Map<string, number>();
  private allowance: number;
  private allowedAt: number;
  private serial = 0;

  constructor(private readonly options: MailboxOptions) {
    this.allowance = options.maxPerSecond * BURST_SECONDS;
    this.allowedAt = options.now();
  }

  onMail(): string | undefined {
    const now = this.options.now();
    const { maxPerSecond } = this.options;
    this.allowance = Math.min(maxPerSecond * BURST_SECONDS, this.allowance + ((now - this.allowedAt) / 1000) * maxPerSecond);
    this.allowedAt = now;
    if (this.allowance < 1) {
      this.counters.throttled++;
      return this.options.dialect.throttled;
    }
    this.allowance--;
    return undefined;
  }

  onRecipient(sender: string, recipient: string): string | undefined {
    const { dialect, seed, rates } = this.options;
    switch (fateOf(seed, recipient, '', rates).reception) {
      case 'unknown-user':
        return this.refused(dialect.unknownUser);
      case 'inactive':
        return this.refused(dialect.inactive);
      case 'mailbox-full':
        return this.refused(dialect.mailboxFull);
      case 'always-deferred':
        return this.deferred(dialect.busy);
      case 'greylist':
        return this.isStillGrey(sender, recipient) ? this.deferred(dialect.greylist) : undefined;
      case 'busy': {
        const tries = (this.tries.get(recipient) ?? 0) + 1;
        this.tries.set(recipient, tries);
        return tries <= BUSY_TRIES ? this.deferred(dialect.busy) : undefined;
      }
      case 'spam':
      case 'accept':
        return undefined;
    }
  }

  onMessage(message: ReceivedMessage): string {
    const { dialect, seed, rates, onAccepted } = this.options;
    const head = headOf(message.content);
    if (readHeader(head, 'DKIM-Signature') === undefined) return this.refused(dialect.unsigned);
    const about = appearance(head);
    const fates = message.recipients.map((recipient) => ({ recipient, fate: fateOf(seed, recipient, about, rates) }));
    if (fates.some(({ fate }) => fate.reception === 'spam')) return this.refused(dialect.spam);
    this.counters.accepted++;
    for (const { recipient, fate } of fates)
      onAccepted({ sender: message.sender, recipient, content: message.content, reactions: fate.reactions });
    return dialect.queued((++this.serial).toString(36).padStart(10, '0'));
  }

  /** Greylisting (RFC 6647): the same pair is welcome once it has waited. */
  private isStillGrey(sender: string, recipient: string): boolean {
    // A VERP sender differs for each message; what it is behind the token counts.
    const key = `${sender.slice(sender.lastIndexOf('@'))} ${recipient}`;
    const now = this.options.now();
    const since = this.firstSeen.get(key) ?? now;
    this.firstSeen.set(key, since);
    return ((now - since) / 1000) * this.options.timeScale < GREYLIST_SECONDS;
  }

  private refused(reply: string): string {
    this.counters.refused++;
    return reply;
  }

  private deferred(reply: string): string {
    this.counters.deferred++;
    return reply;
  }
}

function headOf(content: Buffer): string {
  const end = content.indexOf('\r\n\r\n');
  return content.toString('latin1', 0, end < 0 ? content.length : end + 2);
}

/** What a reader sees of a mailing before deciding what to do with it. Ids would make every run another one. */
function appearance(head: string): string {
  const seen = [readHeader(head, 'From') ?? '', readHeader(head, 'Subject') ?? ''];
  return createHash('sha256').update(seen.join('\0')).digest('hex').slice(0, 16);
}
