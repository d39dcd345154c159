import type { DataSource } from 'typeorm';
import { SANDBOX_DOMAIN } from '#domain/deliverability';
import { messagesError } from './messages.errors.js';

export interface SenderDomain {
  readonly id: string;
  readonly name: string;
  readonly isSandbox: boolean;
}

interface Known {
  readonly domain: SenderDomain | undefined;
  readonly until: number;
}

const REMEMBER_MS = 5_000;
const MAX_KNOWN = 10_000;

/** Which verified domain of a workspace a From address belongs to; remembered for a few seconds. */
export class SenderDomains {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly delivery: 'sandbox' | 'live',
  ) {}

  /**
   * The domain itself or, as DMARC aligns (RFC 7489 §3.1), one that it is below.
   * @throws ChaparError `sender_domain_unverified`
   */
  async verified(workspaceId: string, domain: string): Promise<SenderDomain> {
    const key = `${workspaceId} ${domain}`;
    const now = Date.now();
    let known = this.known.get(key);
    if (!known || known.until < now) {
      if (this.known.size >= MAX_KNOWN) this.known.clear();
      known = { domain: await this.find(workspaceId, domain), until: now + REMEMBER_MS };
      this.known.set(key, known);
    }
    if (!known.domain) {
      throw messagesError('sender_domain_unverified', `The domain ${domain} is not verified in this workspace.`, {
        suggestion: `Add ${domain} and verify it, or send from ${SANDBOX_DOMAIN} to try things out.`,
      });
    }
    if (known.domain.isSandbox && this.delivery === 'live')
      throw messagesError(
        'sender_domain_unverified',
        `${domain} reaches only the built-in simulator, which is off while delivery is live.`,
      );
    return known.domain;
  }

  private async find(workspaceId: string, domain: string): Promise<SenderDomain | undefined> {
    const labels = domain.split('.');
    const candidates = labels.slice(0, -1).map((_, i) => labels.slice(i).join('.'));
    const [row] = (await this.dataSource.query(
      `SELECT id, name, is_sandbox AS "isSandbox" FROM domains
       WHERE workspace_id = $1 AND name = ANY($2::text[]) AND status = 'verified' ORDER BY length(name) DESC LIMIT 1`,
      [workspaceId, candidates],
    )) as SenderDomain[];
    return row;
  }
}
