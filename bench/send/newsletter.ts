/** Stories of a newsletter and the sentences of each: what its HTML weighs when rendered. */
export const newsletterSizes = {
  /** About 4 KB. */
  small: { stories: 0, sentences: 0 },
  /** About 30 KB. */
  regular: { stories: 9, sentences: 5 },
  /** About 100 KB. */
  large: { stories: 29, sentences: 6 },
} as const;

export type NewsletterSize = keyof typeof newsletterSizes;

/** Stories with personal parts and links of their own. */
export function newsletter(size: NewsletterSize = 'regular'): { subject: string; preheader: string; source: string } {
  const { stories, sentences } = newsletterSizes[size];
  return {
    subject: '{{default first_name "Friend"}}, the stories of the week',
    preheader: 'Chosen for {{default city "you"}}.',
    source: `<mjml><mj-body>
      <mj-section><mj-column><mj-text font-size="20px">Hello {{default first_name "friend"}},</mj-text></mj-column></mj-section>
      ${Array.from({ length: stories }, (_, n) => story(n, sentences)).join('\n')}
      <mj-section><mj-column><mj-text>{{#if vip}}Thank you for being a patron.{{else}}<a href="https://example.org/patron?c={{url_encode city}}">Become a patron</a>{{/if}}</mj-text>
      <mj-text><a href="{{unsubscribe_url}}">Unsubscribe</a></mj-text></mj-column></mj-section>
    </mj-body></mjml>`,
  };
}

const SENTENCE = 'The harvest was late this year, and the tea that came of it is darker and rounder than the one before. ';

function story(n: number, sentences: number): string {
  return `<mj-section><mj-column>
    <mj-text font-size="18px" font-weight="700">Story ${n + 1} for {{default city "your town"}}</mj-text>
    <mj-text>${SENTENCE.repeat(sentences)}</mj-text>
    <mj-button href="https://example.org/stories/${n}?from={{url_encode city}}">Read it, {{default first_name "friend"}}</mj-button>
  </mj-column></mj-section>`;
}

export interface Person {
  readonly email: string;
  readonly first_name: string;
  readonly city: string;
  readonly vip: boolean;
}

/** The same people for everybody who sends. */
export function person(n: number): Person {
  return { email: `reader${n}@example${n % 4}.net`, first_name: `Reader ${n}`, city: n % 2 ? 'Shiraz' : 'Isfahan', vip: n % 5 === 0 };
}
