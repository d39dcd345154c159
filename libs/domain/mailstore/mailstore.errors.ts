import { defineErrors } from '#base/kernel';

/** `code` is what a mail protocol makes of it, see the callers. */
export const mailstoreError = defineErrors({
  mailbox_not_found: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'There is no such mailbox in this workspace. `chapar mailbox list` shows those that are.',
  },
  mailbox_exists: { kind: 'conflict', retry: 'never', meaning: 'The address is a mailbox or an alias already.' },
  mailbox_address_invalid: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'A mailbox needs an address at a domain of the workspace. Add the domain first.',
  },
  app_password_not_found: { kind: 'not-found', retry: 'never', meaning: 'The mailbox has no such app password.' },
  folder_not_found: { kind: 'not-found', retry: 'never', meaning: 'The mailbox has no folder of this name.' },
  folder_exists: { kind: 'conflict', retry: 'never', meaning: 'The mailbox has a folder of this name already.' },
  folder_name_invalid: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'A folder’s name has 1 to 250 characters, no control characters and no empty level.',
  },
  folder_refused: { kind: 'forbidden', retry: 'never', meaning: 'INBOX cannot be deleted, and a mailbox has a limited number of folders.' },
  mailbox_over_quota: {
    kind: 'limit',
    retry: 'never',
    meaning: 'The mailbox is full. Delete mail, or raise its quota with `chapar mailbox quota`.',
  },
});
