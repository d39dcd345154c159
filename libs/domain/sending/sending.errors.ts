import { defineErrors } from '#base/kernel';

export const sendingError = defineErrors({
  sending_no_sender: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning:
      'The delivery names no campaign, or its campaign no template version or sending domain, so there is nothing to send or nobody to send it as.',
  },
  sending_foreign_sender: {
    kind: 'forbidden',
    retry: 'after-fix',
    meaning: 'The From address is not of the sending domain that signs the message. Choose an address of that domain.',
  },
  sending_template_missing: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'The template version that the delivery was frozen with does not exist any more.',
  },
  site_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'No mail was ever queued for a receiving site or provider of this name. `chapar queue list` shows those with waiting mail.',
  },
  queue_selection_empty: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning:
      'An action on the queue names no mail. Give a site, a domain, a campaign or a workspace, or say expressly that all mail is meant.',
  },
  queue_selection_invalid: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'An action on the queue names a campaign or workspace that does not exist.',
  },
});
