/** Ctrl-C, or a parent that was told to end: cleans up what would outlive this process, and ends it. */
export function onInterrupt(cleanUp: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
}
