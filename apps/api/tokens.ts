/** Injection tokens of what is not a class. */
export const JOBS = Symbol('jobs');
