import type { DataSource } from 'typeorm';
import type { RowId } from '#base/kernel';
import type { TrackingTokens } from '#domain/tracking';
import { type AddressClaim, claimOfLocalPart } from './our-addresses.js';

/** Where mail to an address of ours belongs. */
export interface InboundTarget {
  readonly workspaceId: string;
  readonly claim: AddressClaim;
  /** A mailbox without room: it takes mail again when somebody has made some. */
  readonly isFull?: boolean;
}

/** The domains of an instance are few and change seldom; a new one is known after this long at the latest. */
const HOSTS_TTL_MS = 5_000;

/** Mailboxes that people read. */
export interface MailboxDirectory {
  find(address: string): Promise<{ readonly workspaceId: string; readonly isFull: boolean } | undefined>;
}

/** Tells the addresses that we take mail for from all others. */
export class InboundRecipients {
  private hosts: Promise<ReadonlyMap<string, string>> | undefined;
  private readAt = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly tokens: TrackingTokens,
    private readonly mailboxes?: MailboxDirectory,
  ) {}

  /** @returns undefined when the address is not ours, was never given out, or its delivery's retention is over */
  async find(address: string): Promise<InboundTarget | undefined> {
    const claim = this.claimOf(address);
    return (claim && (await this.findOurs(address, claim))) ?? this.findMailbox(address);
  }

  private async findMailbox(address: string): Promise<InboundTarget | undefined> {
    const found = await this.mailboxes?.find(address);
    return found && { workspaceId: found.workspaceId, claim: { kind: 'mailbox' }, isFull: found.isFull };
  }

  private async findOurs(address: string, claim: AddressClaim): Promise<InboundTarget | undefined> {
    const hostOwner = (await this.returnPathHosts()).get(address.slice(address.lastIndexOf('@') + 1).toLowerCase());
    if (hostOwner === undefined) return undefined;
    const workspaceId = 'deliveryId' in claim ? await this.workspaceOf(claim.deliveryId) : hostOwner;
    return workspaceId === undefined ? undefined : { workspaceId, claim };
  }

  /** What the address says that it was made for, whoever's its host is. */
  claimOf(address: string): AddressClaim | undefined {
    const at = address.lastIndexOf('@');
    return at > 0 ? claimOfLocalPart(address.slice(0, at), this.tokens) : undefined;
  }

  private async workspaceOf(deliveryId: RowId): Promise<string | undefined> {
    const [row] = (await this.dataSource.query('SELECT workspace_id FROM deliveries WHERE id = $1', [deliveryId])) as {
      workspace_id: string;
    }[];
    return row?.workspace_id;
  }

  /** Return-path hosts with a workspace that has them: several may share one, then the token says whose mail it is. */
  private returnPathHosts(): Promise<ReadonlyMap<string, string>> {
    const now = performance.now();
    if (this.hosts === undefined || now - this.readAt > HOSTS_TTL_MS) {
      this.readAt = now;
      const reading = this.readHosts();
      this.hosts = reading;
      // The next recipient asks again; this one gets the error and becomes 451.
      reading.catch(() => (this.hosts = undefined));
    }
    return this.hosts;
  }

  private async readHosts(): Promise<ReadonlyMap<string, string>> {
    const rows = (await this.dataSource.query('SELECT return_path_host, workspace_id FROM domains ORDER BY created_at DESC')) as {
      return_path_host: string;
      workspace_id: string;
    }[];
    return new Map(rows.map((row) => [row.return_path_host.toLowerCase(), row.workspace_id]));
  }
}
