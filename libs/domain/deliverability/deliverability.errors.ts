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
});
