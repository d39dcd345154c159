import * as z from 'zod';
import { defineJob } from '#platform/jobs';

/** "There is incoming mail to read." One ticket stands for all that waits. */
export const inboundJob = defineJob('feedback.inbound', z.strictObject({}));
