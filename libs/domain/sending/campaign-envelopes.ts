import type { DataSource } from 'typeorm';
import type { CampaignEnvelope } from './outgoing-message.js';

/** Sender and template version of campaigns, read with every claim: test mail is sent while its campaign is still edited. */
export async function readEnvelopes(dataSource: DataSource, campaignIds: readonly string[]): Promise<Map<string, CampaignEnvelope>> {
  if (campaignIds.length === 0) return new Map();
  const rows: CampaignEnvelope[] = await dataSource.query(
    `SELECT c.id AS "campaignId", c.from_name AS "fromName", c.from_email AS "fromEmail", c.reply_to AS "replyTo", c.domain_id AS "domainId",
       d.name AS "domainName", coalesce(d.is_sandbox, false) AS "isSandbox", c.template_version_id AS "templateVersionId"
     FROM campaigns c LEFT JOIN domains d ON d.id = c.domain_id WHERE c.id = ANY($1::uuid[])`,
    [campaignIds],
  );
  return new Map(rows.map((row) => [row.campaignId, row]));
}

/** The status of each campaign that still exists. */
export async function readCampaignStatus(dataSource: DataSource, campaignIds: readonly string[]): Promise<Map<string, string>> {
  const rows: { id: string; status: string }[] = await dataSource.query('SELECT id, status FROM campaigns WHERE id = ANY($1::uuid[])', [
    campaignIds,
  ]);
  return new Map(rows.map(({ id, status }) => [id, status]));
}
