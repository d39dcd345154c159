import type { DataSource } from 'typeorm';
import type { Logger } from '#base/kernel';
import type { Config } from '#platform/config';
import type { JobTransport, PeriodicWork } from '#platform/jobs';
import type { SecretBox } from '#platform/secrets';

/** What every kind of work is given. */
export interface WorkerParts {
  readonly config: Config;
  readonly dataSource: DataSource;
  readonly logger: Logger;
  readonly jobs: JobTransport;
  readonly periodic: PeriodicWork;
  readonly secrets: SecretBox;
}
