import { defineErrors } from '#base/kernel';

export const accountsError = defineErrors({
  sign_in_refused: {
    kind: 'unauthenticated',
    retry: 'after-fix',
    meaning: 'The e-mail address or the password is wrong. The answer is the same for both.',
  },
  sign_in_throttled: {
    kind: 'limit',
    retry: 'later',
    meaning: 'Too many failed sign-ins for this account or from this network. Wait for the time the message names.',
  },
  session_invalid: { kind: 'unauthenticated', retry: 'after-fix', meaning: 'The session has ended or never existed. Sign in again.' },
  api_key_invalid: {
    kind: 'unauthenticated',
    retry: 'after-fix',
    meaning: 'The API key does not exist, was revoked, or its secret is wrong. Create one with `chapar api-key create`.',
  },
  api_key_network_refused: {
    kind: 'forbidden',
    retry: 'after-fix',
    meaning: 'The API key is bound to networks, and the request came from elsewhere.',
  },
  api_key_networks_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'An allowed network is an address or a range in CIDR notation, such as 192.0.2.0/24 or 2001:db8::/32.',
  },
  api_key_not_found: { kind: 'not-found', retry: 'never', meaning: 'This workspace has no API key of this id that is in force.' },
  user_not_found: { kind: 'not-found', retry: 'after-fix', meaning: 'No user has this e-mail address.' },
  user_exists: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'A user with this e-mail address exists already. Use `chapar admin reset-password` to change the password.',
  },
  password_too_weak: { kind: 'invalid', retry: 'after-fix', meaning: 'A password needs 12 to 200 characters.' },
});
