import { defineErrors } from '#base/kernel';

export const templateError = defineErrors({
  template_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning:
      'The template cannot be used as written: its MJML, its merge tags, its size or its content is refused. Each detail names a line where it is known; correct it and save again.',
  },
  template_not_found: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'This workspace has no such template, template version or partial. It may have been archived.',
  },
  template_gallery_not_found: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'The gallery has no template of this key and language. The list of the gallery names the ones there are.',
  },
  merge_value_missing: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning:
      'A merge tag has no value for this contact and the template forbids missing values. Fill the attribute, or give the tag a fallback with the default helper.',
  },
  template_render_limit: {
    kind: 'limit',
    retry: 'never',
    meaning:
      'Rendering for this contact would need too many steps or make more than 1 MB. Shorten the loops, or the lists in the contact’s data.',
  },
});
