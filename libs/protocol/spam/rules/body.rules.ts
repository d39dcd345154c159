import { countLetters } from '../count-letters.js';
import { countHiddenMarks, countMixedScriptWords } from '../normalise-text.js';
import type { Rule, RuleInput } from './rule.js';

/** GTUBE, the string that every filter of mail agrees to call spam, so that its way can be tried. */
const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';

/** How the body is built: what is hidden, encoded without need, or shown as an image. */
export const bodyRules: readonly Rule[] = [
  {
    rule: 'gtube',
    points: 1_000,
    sentence: 'It holds the string that tests spam filters.',
    test: ({ content }) => content.text.includes(GTUBE),
  },
  {
    rule: 'html-hidden-text',
    points: 2.2,
    sentence: 'Most of its text is hidden from the reader.',
    // A line for the list of messages may be hidden; more than that is for filters.
    test: ({ content: { html } }) =>
      html.hiddenLetters + html.tinyLetters > 400 && html.hiddenLetters + html.tinyLetters > html.visibleLetters * 0.6,
  },
  {
    rule: 'html-tiny-text',
    points: 1,
    sentence: 'It holds text too small to read.',
    test: ({ content: { html } }) => html.tinyLetters > 40,
  },
  {
    rule: 'html-image-only',
    points: 1.8,
    sentence: 'It shows images and hardly any text.',
    test: ({ content }) =>
      content.hasHtml &&
      content.html.images > 0 &&
      countLetters(content.text).letters < 120 &&
      content.attachments.every(({ type }) => type.startsWith('image/')),
  },
  {
    rule: 'html-split-words',
    points: 1.8,
    sentence: 'Words are split by invisible tags or comments, so that filters cannot read them.',
    test: ({ content: { html } }) => html.splitWords >= 5,
  },
  {
    rule: 'html-letters-as-numbers',
    points: 1.5,
    sentence: 'Plain letters are written as numbers, so that filters cannot read them.',
    test: ({ content: { html } }) => html.numericLetters >= 30 && html.numericLetters > html.visibleLetters * 0.1,
  },
  {
    rule: 'html-form',
    points: 0.4,
    sentence: 'It holds a form: answers go to whoever sent it.',
    test: ({ content: { html } }) => html.hasForm,
  },
  { rule: 'html-password', points: 3, sentence: 'It asks for a password.', test: ({ content: { html } }) => html.hasPasswordField },
  {
    rule: 'html-script',
    points: 0.5,
    sentence: 'It holds a script, which no mail program runs.',
    test: ({ content: { html } }) => html.hasScript,
  },
  { rule: 'html-frame', points: 0.8, sentence: 'It loads another page into itself.', test: ({ content: { html } }) => html.hasFrame },
  {
    rule: 'html-refresh',
    points: 1.8,
    sentence: 'It sends the reader on to another page.',
    test: ({ content: { html } }) => html.hasRefresh,
  },
  {
    rule: 'html-alone',
    points: 0.4,
    sentence: 'It has HTML and no plain text.',
    test: ({ content }) => content.hasHtml && !content.hasPlain && content.partCount === 1,
  },
  {
    rule: 'text-base64-ascii',
    points: 1.2,
    sentence: 'Plain English text is encoded as if it were binary.',
    test: ({ content }) =>
      content.textParts.some(({ encoding, hasHighBytes, characters }) => encoding === 'base64' && !hasHighBytes && characters > 20),
  },
  {
    rule: 'charset-unknown',
    points: 1,
    sentence: 'It declares a charset that does not exist.',
    test: ({ content }) => content.textParts.some(({ charset }) => charset !== '' && !isCharset(charset)),
  },
  {
    rule: 'charset-utf-7',
    points: 1.5,
    sentence: 'It is written in UTF-7, which mail has no use for and attacks have.',
    test: ({ content }) => content.textParts.some(({ charset }) => /^(?:x-)?(?:unicode-1-1-)?utf-7$/.test(charset)),
  },
  {
    rule: 'text-mixed-scripts',
    points: 2.2,
    sentence: 'Latin words hold Cyrillic or Greek letters that look alike.',
    test: ({ content }) => countMixedScriptWords(`${content.subject} ${content.text.slice(0, 30_000)}`) >= 3,
  },
  {
    rule: 'text-hidden-marks',
    points: 1.8,
    sentence: 'Invisible marks stand between the letters of words.',
    test: ({ content }) => countHiddenMarks(`${content.subject} ${content.text.slice(0, 30_000)}`) >= 8,
  },
  {
    rule: 'text-spaced-letters',
    points: 1.2,
    sentence: 'Words are spaced out or dotted, so that filters cannot read them.',
    test: ({ content }) =>
      (`${content.subject} ${content.text.slice(0, 30_000)}`.match(/(?<![\p{L}\p{N}])(?:\p{L}[ ._*-]){5,20}\p{L}(?![\p{L}\p{N}])/gu)
        ?.length ?? 0) >= 2,
  },
  {
    rule: 'text-shouts',
    points: 1,
    sentence: 'Much of the text is written in capitals.',
    test: ({ content }) => isShouting(content.text),
  },
  {
    rule: 'subject-only',
    points: 0.8,
    sentence: 'It says almost nothing.',
    test: (message) => isEmpty(message),
  },
];

function isShouting(text: string): boolean {
  const { upper, lower } = countLetters(text.slice(0, 20_000));
  return upper > 150 && upper > lower * 0.9;
}

function isEmpty({ content }: RuleInput): boolean {
  return (
    content.text.trim().length < 3 &&
    content.attachments.length === 0 &&
    content.html.images === 0 &&
    !content.headers.has('in-reply-to') &&
    !content.headers.has('references')
  );
}

function isCharset(label: string): boolean {
  // Labels that decoders lack and mail programs have written for decades.
  if (
    /^(?:us-ascii|ascii|utf-?7|unicode-1-1-utf-7|x-utf-7|iso-2022-(?:kr|cn)|hz-gb-2312|x-mac-[a-z-]{2,20}|macroman|x-unknown|unknown-8bit|default_charset|default|ansi_x3\.\S{1,10}|cp-?\d{3,5}|ibm\d{3}|windows-\d{3,4}|iso-?8859-?\d{1,2}(?:-[ie])?|x-gbk|cn-gb|viscii|tis-620|armscii-8|georgian-ps|x-windows-949)$/.test(
      label,
    )
  )
    return true;
  try {
    return new TextDecoder(label) !== undefined;
  } catch {
    return false;
  }
}
