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
  sending_spool_missing: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'The content of an accepted message is gone: its retention is over, or the data directory was not restored whole.',
  },
  queue_move_impossible: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'Mail cannot be moved to a source or pool of which nothing is active. Activate a source of it, or name another.',
  },
  queue_move_refused: {
    kind: 'forbidden',
    retry: 'after-fix',
    meaning:
      'A workspace may move its mail among the egress sources that its own streams go by. An administrator of the installation may move it anywhere.',
  },
  site_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'No mail was ever queued for a receiving site or provider of this name. `chapar queue list` shows those with waiting mail.',
  },
  message_query_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'A message is looked for by its id, by the Message-ID that Chapar gave it, or by the address that it went to.',
  },
  message_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'No message has this id or went to this address, or its retention is over.',
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
