import { isProgramName } from '../describe-attachment.js';
import type { Rule, RuleInput } from './rule.js';

const some = (message: RuleInput, test: (one: RuleInput['content']['attachments'][number]) => boolean) =>
  message.content.attachments.some(test);
const PASSWORD = /\b(?:password|passcode|passwort|kennwort|mot de passe|contrase(?:ñ|n)a|clave)\b|رمز|گذرواژه|کلمه (?:ال)?سر|کلمه عبور/u;

/** What is attached. */
export const attachmentRules: readonly Rule[] = [
  {
    rule: 'attachment-program',
    points: 4,
    risk: 'a program',
    sentence: 'A program is attached.',
    test: (message) => some(message, ({ isProgram }) => isProgram),
  },
  {
    rule: 'attachment-hides-extension',
    points: 4,
    risk: 'a file that hides what it is',
    sentence: 'The name of an attachment hides what kind of file it is.',
    test: (message) => some(message, ({ hidesExtension }) => hidesExtension),
  },
  {
    rule: 'attachment-lies',
    points: 3,
    risk: 'a program under another type',
    sentence: 'An attachment is declared as something harmless and is a program.',
    test: (message) => some(message, ({ liesAboutType }) => liesAboutType),
  },
  {
    rule: 'attachment-macros',
    points: 2,
    risk: 'a document with macros',
    sentence: 'An attached document carries code.',
    test: (message) => some(message, ({ hasMacros }) => hasMacros),
  },
  {
    rule: 'attachment-active-page',
    points: 2.5,
    risk: 'a web page that runs code',
    sentence: 'An attached web page runs code or asks for something.',
    test: (message) => some(message, ({ isActivePage }) => isActivePage),
  },
  {
    rule: 'attachment-disk-image',
    points: 2.5,
    risk: 'a disk image',
    sentence: 'A disk image is attached: what is in it opens without a warning.',
    test: (message) => some(message, ({ isDiskImage }) => isDiskImage),
  },
  {
    rule: 'attachment-pdf-action',
    points: 1.2,
    sentence: 'An attached PDF runs something when it opens.',
    test: (message) => some(message, ({ isPdfWithAction }) => isPdfWithAction),
  },
  {
    rule: 'archive-with-program',
    points: 3.5,
    risk: 'an archive with a program',
    sentence: 'An attached archive holds a program.',
    test: (message) =>
      some(
        message,
        ({ archive }) => archive !== undefined && archive.names.some(isProgramName) && !archive.names.includes('META-INF/MANIFEST.MF'),
      ),
  },
  {
    rule: 'archive-sealed',
    points: 2,
    risk: 'an archive that cannot be looked into',
    sentence: 'An attached archive is encrypted: nothing can look into it.',
    test: (message) => some(message, ({ archive }) => archive?.isEncrypted === true),
  },
  {
    rule: 'archive-sealed-with-password',
    points: 2,
    sentence: 'The password of an encrypted archive stands in the message, which protects it from scanners alone.',
    test: (message) => some(message, ({ archive }) => archive?.isEncrypted === true) && PASSWORD.test(message.words),
  },
  {
    rule: 'archive-bomb',
    points: 4,
    risk: 'an archive that would fill the disk',
    sentence: 'An attached archive would grow more than a hundredfold.',
    test: (message) => some(message, ({ archive }) => archive?.isBomb === true),
  },
  {
    rule: 'archive-old-kind',
    points: 1.5,
    sentence: 'An attached archive is of a kind that only malware still uses.',
    test: (message) => some(message, ({ archive }) => archive?.kind === 'ace'),
  },
];
