/** Injection tokens of what is not a class. */
export const JOBS = Symbol('jobs');
/** 'sandbox' or 'live'. */
export const DELIVERY = Symbol('delivery');
export const FETCH_ATTACHMENT = Symbol('fetch-attachment');
/** How records of sending domains are looked up. */
export const RECORD_LOOKUP = Symbol('record-lookup');
