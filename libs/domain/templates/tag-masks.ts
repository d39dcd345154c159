import { type Tag, scanTags } from './scan-tags.js';

export interface MaskedText {
  readonly text: string;
  /** For each line of `text` (index 0 is line 1) the line of the unmasked text that it began as. */
  readonly lines: readonly number[];
}

/**
 * Tags replaced by words (`zqt12z`) that MJML, HTML and text converters carry through unread, and put back afterwards.
 * The words' stem occurs in none of the texts. Comment tags get no word: they are gone.
 */
export class TagMasks {
  private readonly stem: string;
  private readonly tags: Tag[] = [];

  /** @param texts everything that will stand beside the words, in any case */
  constructor(...texts: readonly string[]) {
    const all = texts.join('\n').toLowerCase();
    let stem = 'zqt';
    while (all.includes(stem)) stem += 'q';
    this.stem = stem;
  }

  /** @param escapeStatic applied to what stands between the tags */
  mask(source: string, escapeStatic: (text: string) => string = (text) => text): MaskedText {
    const chunks: string[] = [];
    const lines: number[] = [1];
    let from = 0;
    let line = 1;
    const pushStatic = (until: number): void => {
      const text = source.slice(from, until);
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(++line);
      chunks.push(escapeStatic(text));
    };
    for (const tag of scanTags(source).tags) {
      pushStatic(tag.start);
      if (tag.kind !== 'comment') chunks.push(`${this.stem}${this.tags.push(tag) - 1}z`);
      for (let at = tag.text.indexOf('\n'); at >= 0; at = tag.text.indexOf('\n', at + 1)) line++;
      from = tag.end;
    }
    pushStatic(source.length);
    return { text: chunks.join(''), lines };
  }

  /** The words in a text, in order. Their offsets count from the beginning of `text`. */
  find(text: string): { readonly start: number; readonly end: number; readonly tag: Tag }[] {
    return [...text.matchAll(this.pattern())].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
      tag: this.tagOf(match[1]!),
    }));
  }

  has(text: string): boolean {
    return this.pattern().test(text);
  }

  restore(text: string, write: (tag: Tag) => string = (tag) => tag.text): string {
    return text.replace(this.pattern(), (_word, number: string) => write(this.tagOf(number)));
  }

  private pattern(): RegExp {
    return new RegExp(`${this.stem}(\\d+)z`, 'gi');
  }

  private tagOf(number: string): Tag {
    const tag = this.tags[Number(number)];
    if (tag === undefined) throw new RangeError(`no tag has the number ${number}`);
    return tag;
  }
}
