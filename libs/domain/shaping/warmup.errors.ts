import { defineErrors } from '#base/kernel';

export const warmupError = defineErrors({
  warmup_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning:
      'There is no such warm-up plan, or no such egress source. `chapar warmup list` and `chapar egress source list` show what there is.',
  },
  warmup_settings_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The settings of a warm-up plan cannot be used; the message says which and why.',
  },
});
