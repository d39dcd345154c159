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
});
