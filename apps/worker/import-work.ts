import { ChaparError } from '#base/kernel';
import { ImportService, importJob } from '#domain/audience';
import type { WorkerParts } from './worker-parts.js';

const SWEEP_MS = 30_000;
const DAY_MS = 24 * 3600_000;

/** Contact imports: a ticket runs one, and a sweep asks again for those whose ticket was lost. */
export async function runImportWork({ config, dataSource, logger, jobs, periodic }: WorkerParts): Promise<void> {
  const imports = new ImportService(dataSource, { dataDir: config.dataDir, logger });
  await jobs.work(importJob, { concurrency: 2 }, async ({ importId }, { signal }) => {
    await imports.run(importId, { signal }).catch((error: unknown) => {
      // The sweep also asks for imports that are under way; whoever has one finishes it.
      if (!(error instanceof ChaparError) || error.code !== 'import_busy') throw error;
    });
  });
  periodic.every('imports.sweep', SWEEP_MS, async () => {
    const unfinished = (await dataSource.query(
      `SELECT id FROM contact_imports WHERE status IN ('waiting', 'running') ORDER BY created_at LIMIT 100`,
    )) as { id: string }[];
    for (const { id } of unfinished) await jobs.enqueue(importJob, { importId: id }, { key: id });
  });
  periodic.every('imports.retention', DAY_MS, async () => void (await imports.removeOldFiles(config.importFileDays)));
}
