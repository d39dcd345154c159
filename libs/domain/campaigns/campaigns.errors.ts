import { defineErrors } from '#base/kernel';

export const campaignError = defineErrors({
  campaign_not_found: { kind: 'not-found', retry: 'after-fix', meaning: 'This workspace has no such campaign.' },
  campaign_status_conflict: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'The campaign is in a state in which this cannot be done. The message says what can.',
  },
  campaign_not_ready: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The campaign cannot be sent as it is. Each detail names one thing to mend; nothing was sent.',
  },
  campaign_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'A field of the campaign cannot be used. Each detail names the field.',
  },
});
