/**
 * For servers that strangers reach: who sends nothing, or a byte now and then, does not keep a connection (ms). What takes
 * longer by its nature (a large upload) says so itself.
 */
export const httpLimits = {
  /** The whole request, headers and body. */
  requestTimeout: 15_000,
  /** Silence on a connection. */
  connectionTimeout: 60_000,
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000 },
} as const;
