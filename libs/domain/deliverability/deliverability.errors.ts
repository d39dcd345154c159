import { defineErrors } from '#base/kernel';

export const deliverabilityError = defineErrors({
  domain_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'This workspace has no such sending domain. Add it with `chapar domain add NAME`.',
  },
  domain_exists: { kind: 'conflict', retry: 'after-fix', meaning: 'This workspace has this sending domain already.' },
  domain_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The name is not a DNS name that mail can be sent from, such as `example.org`.',
  },
  domain_is_sandbox: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The sandbox domain reaches only the simulator and has no DNS records of its own. Do this with a sending domain that you own.',
  },
  dkim_schedule_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'DKIM keys are replaced every 7 to 3650 days, and stay verifiable for 1 to 90 days afterwards.',
  },
});
