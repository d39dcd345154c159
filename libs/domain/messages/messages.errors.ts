import { defineErrors } from '#base/kernel';

export const messagesError = defineErrors({
  message_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The message has fields that are missing, too long or not of the right form. Each detail names one. Nothing was sent.',
  },
  sender_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The From field is not one e-mail address, with or without a name: `Name <user@example.org>`.',
  },
  sender_domain_unverified: {
    kind: 'forbidden',
    retry: 'after-fix',
    meaning:
      'The domain of the From address is not a verified sending domain of this workspace. Add it with `chapar domain add`, publish its records, and verify it.',
  },
  sender_address_refused: {
    kind: 'forbidden',
    retry: 'never',
    meaning: 'A mailbox sends only from its own address and its aliases. Another address needs an alias, or an API key of the workspace.',
  },
  sender_domain_refused: {
    kind: 'forbidden',
    retry: 'after-fix',
    meaning: 'The API key is bound to another sending domain. Use a From address of that domain, or another key.',
  },
  attachment_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'An attachment has no name or content, is not base64, is too large, or could not be fetched from its address.',
  },
  idempotency_key_invalid: { kind: 'invalid', retry: 'after-fix', meaning: 'An Idempotency-Key has 1 to 256 printable characters.' },
  idempotency_key_reused: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'The Idempotency-Key was used within the last 24 hours for another request. Use a new key for a new request.',
  },
  idempotency_key_in_flight: {
    kind: 'conflict',
    retry: 'later',
    meaning: 'A request with this Idempotency-Key is being worked on right now. Ask again in a moment: the answer will be the same.',
  },
  accepting_overloaded: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'More mail came in than can be written down at once, or the database does not answer. Nothing was accepted; try again.',
  },
  email_not_found: { kind: 'not-found', retry: 'after-fix', meaning: 'This workspace has no message of this id.' },
  email_not_scheduled: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'Only a scheduled message that has not begun to leave can be cancelled or put off.',
  },
});
