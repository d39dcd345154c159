import type { DataSource } from 'typeorm';
import type { RowId } from '#base/kernel';
import { type CompiledTemplate, mergeDataOf, renderLink, renderPreview } from '#domain/templates';
import type { TrackingUrls } from '#domain/tracking';

interface DeliveryRow {
  readonly email: string;
  readonly merge: Record<string, unknown> | null;
  readonly template_version_id: string | null;
}

const MAX_VERSIONS = 200;

/** Where the links of a delivery lead, and what its mail looked like: read from its frozen template version, or from its accepted message. */
export class LinkDirectory {
  private readonly versions = new Map<string, CompiledTemplate>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly urls: TrackingUrls,
  ) {}

  /** @returns undefined when the delivery or the link is gone, or the link is not one to follow */
  async target(deliveryId: RowId, position: number): Promise<{ url: string; linksInMessage: number } | undefined> {
    const found = await this.find(deliveryId);
    if (!found) return this.targetOfMessage(deliveryId, position);
    const url = renderLink(found.compiled, position, mergeDataOf(found.row));
    return url === undefined ? undefined : { url, linksInMessage: found.compiled.links.length };
  }

  /** Mail that a program handed over keeps its links itself. */
  private async targetOfMessage(deliveryId: RowId, position: number): Promise<{ url: string; linksInMessage: number } | undefined> {
    const [row] = (await this.dataSource.query(
      `SELECT m.spool -> 'links' ->> ($2::int - 1) AS url, jsonb_array_length(m.spool -> 'links') AS links
       FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.id = $1`,
      [deliveryId, position],
    )) as { url: string | null; links: number }[];
    return row?.url != null && position > 0 ? { url: row.url, linksInMessage: row.links } : undefined;
  }

  /** The mail as a page, its links going where they went in the mail. */
  async webView(deliveryId: RowId): Promise<string | undefined> {
    const found = await this.find(deliveryId);
    if (!found) return undefined;
    return renderPreview(found.compiled, mergeDataOf(found.row), {
      link: (position) => this.urls.click(deliveryId, position),
      openPixel: () => undefined,
      unsubscribe: () => this.urls.unsubscribe(deliveryId),
      webView: () => this.urls.webView(deliveryId),
    }).html;
  }

  private async find(deliveryId: RowId): Promise<{ row: DeliveryRow; compiled: CompiledTemplate } | undefined> {
    const [row] = (await this.dataSource.query(
      `SELECT d.email, d.merge, coalesce(d.template_version_id, c.template_version_id) AS template_version_id
       FROM deliveries d LEFT JOIN campaigns c ON c.id = d.campaign_id WHERE d.id = $1`,
      [deliveryId],
    )) as DeliveryRow[];
    if (!row?.template_version_id) return undefined;
    const compiled = await this.version(row.template_version_id);
    return compiled && { row, compiled };
  }

  /** Versions never change, so a cache of them needs no expiry, only a bound. */
  private async version(id: string): Promise<CompiledTemplate | undefined> {
    const known = this.versions.get(id);
    if (known) return known;
    const [row] = (await this.dataSource.query('SELECT compiled FROM template_versions WHERE id = $1', [id])) as {
      compiled: CompiledTemplate;
    }[];
    if (!row) return undefined;
    if (this.versions.size >= MAX_VERSIONS) this.versions.delete(this.versions.keys().next().value!);
    this.versions.set(id, row.compiled);
    return row.compiled;
  }
}
