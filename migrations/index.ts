import { InitialSchema1700000000001 } from './0001-initial-schema.js';

/** Every migration, oldest first. Forward only: to undo one, write the next. */
export const migrations = [InitialSchema1700000000001];
