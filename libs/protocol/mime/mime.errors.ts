import { defineErrors } from '#base/kernel';

export const mimeError = defineErrors({
  address_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The text is not one e-mail address. The message says what is wrong with it.',
  },
  header_injection: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'A header name or value holds a line break, a NUL or a control character. Nothing was sent.',
  },
});
