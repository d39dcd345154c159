/** The built-in mailbox provider that people try things out on. */
export const SIMULATOR_DOMAIN = 'simulator.chapar.test';

/**
 * Its addresses of one fate each. What happens to them is what was asked for, so it suppresses none of them: the next mail
 * meets the same fate. `suppressed@` is suppressed from the start.
 */
export const simulatedAddresses: readonly string[] = ['delivered', 'bounced', 'complained', 'opened', 'deferred', 'suppressed'].map(
  (name) => `${name}@${SIMULATOR_DOMAIN}`,
);
