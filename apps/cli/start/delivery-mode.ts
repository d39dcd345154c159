import type { DataSource } from 'typeorm';
import type { Config } from '#platform/config';

export type DeliveryMode = 'sandbox' | 'live';

/** What the configuration says; unset, mail stays in the sandbox until a sending domain of the user's own is verified. */
export async function deliveryMode(config: Pick<Config, 'delivery'>, dataSource: DataSource): Promise<DeliveryMode> {
  if (config.delivery !== undefined) return config.delivery;
  const [{ live }] = (await dataSource.query(
    `SELECT EXISTS (SELECT FROM domains WHERE status = 'verified' AND NOT is_sandbox) AS live`,
  )) as [{ live: boolean }];
  return live ? 'live' : 'sandbox';
}
