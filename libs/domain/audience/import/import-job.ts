import * as z from 'zod';
import { defineJob } from '#platform/jobs';

/** The ticket of an import that waits, or that a crash interrupted. Running it again continues where it stopped. */
export const importJob = defineJob('audience.import', z.strictObject({ importId: z.uuid() }));
