import { defineErrors } from '#base/kernel';

export const egressError = defineErrors({
  egress_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'There is no egress source, pool or stream of that name. `chapar egress source list` shows what there is.',
  },
  egress_name_taken: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'Another egress source or pool has the name already. Choose another, or change that one.',
  },
  egress_settings_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The settings of an egress source contradict each other or cannot be used; the message says which and why.',
  },
  egress_address_missing: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning:
      'The address of an egress source is not an address of this machine, so nothing can leave from it. Add it to a network interface first, or say that the delivering machine is another one (`--elsewhere`).',
  },
  egress_in_use: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'Mail still waits for the egress source, or a pool or stream needs it. Drain it, or change what needs it, and try again.',
  },
});
