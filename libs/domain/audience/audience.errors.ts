import { defineErrors } from '#base/kernel';

export const audienceError = defineErrors({
  list_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'This workspace has no such list. `GET /v1/lists` shows what there is.',
  },
  list_exists: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'A list of this name exists already; upper and lower case make no difference.',
  },
  list_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'A list needs a name of 1 to 200 characters without line breaks, and `single` or `double` opt-in.',
  },
  topic_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'This workspace has no such topic. `GET /topics` shows what there is.',
  },
  topic_exists: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'A topic of this name exists already; upper and lower case make no difference.',
  },
  topic_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'A topic needs a name of 1 to 100 characters. Each detail names what is wrong.',
  },
  topic_limit: { kind: 'limit', retry: 'after-fix', meaning: 'A workspace has at most 100 topics.' },
  contact_not_found: { kind: 'not-found', retry: 'after-fix', meaning: 'This workspace has no such contact.' },
  contact_exists: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'A contact with this e-mail address exists already. Update it instead.',
  },
  contact_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'A value of the contact cannot be used. Every one of them is listed by field.',
  },
  suppression_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'A suppression is an e-mail address, `@domain` for everyone at a domain, or a pattern such as `*@*.example.org`.',
  },
  suppression_not_found: { kind: 'not-found', retry: 'never', meaning: 'This address, domain or pattern is not suppressed.' },
  suppression_limit: {
    kind: 'limit',
    retry: 'after-fix',
    meaning: 'A workspace has at most 100 patterns, because each is tried on every address. Suppress the domains instead.',
  },
  import_not_found: { kind: 'not-found', retry: 'after-fix', meaning: 'This workspace has no such import.' },
  import_invalid: { kind: 'invalid', retry: 'after-fix', meaning: 'An option of the import cannot be used. The message names it.' },
  import_finished: { kind: 'conflict', retry: 'never', meaning: 'The import is over, so it cannot be cancelled.' },
  import_refused: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The database refuses something in the file, today and tomorrow. The message says what. What was brought in before stays.',
  },
  import_gave_up: {
    kind: 'internal',
    retry: 'after-fix',
    meaning:
      'The import failed ten times for a reason that is not in the file. The message says the last one; what was brought in stays, and importing the file again continues.',
  },
  import_no_refused_rows: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'Every row of the import was good, so there is no file of refused rows.',
  },
  import_busy: { kind: 'conflict', retry: 'later', meaning: 'Another process is running this import right now.' },
  import_list_gone: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'The list was deleted while the import waited or ran. Import the file into another list.',
  },
  import_file_gone: { kind: 'not-found', retry: 'after-fix', meaning: 'The file to import is not there any more. Upload it again.' },
  import_not_csv: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning:
      'The file is not plain text: a workbook, an archive, a PDF or something else binary. The message says what it is and how to make a CSV of it. Nothing was changed.',
  },
  import_empty: { kind: 'invalid', retry: 'after-fix', meaning: 'The file holds no rows. Nothing was changed.' },
  import_encoding_unknown: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The declared encoding is not one that is known. Use a label such as `utf-8`, `utf-16le`, `windows-1256` or `windows-1252`.',
  },
  import_encoding_wrong: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning:
      'The file is not in the encoding it was read in (UTF-8 unless declared). The message names the first line that cannot be read; declare the encoding or save the file as UTF-8. Nothing was changed.',
  },
  import_no_email_column: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning:
      'No column of the first line is known to hold e-mail addresses. The message lists the columns; rename one to `email` or map it. Nothing was changed.',
  },
  import_column_refused: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning:
      'A column has a name that cannot be a contact field (such as `__proto__`), or two columns would fill the same field. Rename or map them. Nothing was changed.',
  },
  import_too_many_columns: { kind: 'limit', retry: 'after-fix', meaning: 'The file has more than 1,000 columns. Nothing was changed.' },
  import_record_too_large: {
    kind: 'limit',
    retry: 'after-fix',
    meaning:
      'One record is larger than 1 MB; most often a quote was opened and never closed. The message names the line where it starts. Nothing was changed.',
  },
  import_quote_unclosed: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The file ends inside a quoted cell. The message names the line where the record starts. Nothing was changed.',
  },
});
