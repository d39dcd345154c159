/** What may stand after an opening `{{` and what it takes: the whole language besides plain tags. Everything else is refused. */
export interface HelperSignature {
  /** Where it may be used: as a tag or in parentheses, only in parentheses, or as a block. */
  readonly use: 'value' | 'condition' | 'block';
  readonly minimum: number;
  readonly maximum: number;
  /** Named arguments; they take literals only, so that no contact's data chooses a formatter. */
  readonly named?: readonly string[];
  /** Whether a missing first argument is a missing value under the strict policy. */
  readonly needsFirst?: boolean;
}

const value = (minimum: number, maximum: number, named: readonly string[] = []): HelperSignature => ({
  use: 'value',
  minimum,
  maximum,
  named,
  needsFirst: true,
});
const condition = (minimum: number, maximum: number): HelperSignature => ({ use: 'condition', minimum, maximum });
const block: HelperSignature = { use: 'block', minimum: 1, maximum: 1 };

export const helperTable: ReadonlyMap<string, HelperSignature> = new Map([
  ['if', block],
  ['unless', block],
  ['each', block],
  ['with', block],
  ['eq', condition(2, 2)],
  ['ne', condition(2, 2)],
  ['gt', condition(2, 2)],
  ['lt', condition(2, 2)],
  ['gte', condition(2, 2)],
  ['lte', condition(2, 2)],
  ['and', condition(1, 10)],
  ['or', condition(1, 10)],
  ['not', condition(1, 1)],
  ['default', { use: 'value', minimum: 2, maximum: 10 }],
  ['uppercase', value(1, 1)],
  ['lowercase', value(1, 1)],
  ['capitalize', value(1, 1)],
  ['truncate', value(2, 2)],
  ['url_encode', value(1, 1)],
  ['number', value(1, 1, ['decimals', 'locale'])],
  ['currency', value(2, 2, ['decimals', 'locale'])],
  ['digits', value(1, 2)],
  ['plural', value(1, 1, ['zero', 'one', 'two', 'few', 'many', 'other', 'locale'])],
  ['date', value(1, 2, ['calendar', 'timezone', 'locale'])],
]);

/** Every tag the compiler writes begins so; authors may not. */
export const INTERNAL_PREFIX = 'chapar_';

/**
 * Tags that only the compiler writes: where a value stands decides how it is made safe.
 * `url`: a whole address; `host`: a server's name or its beginning; `hostEnd`: what follows a name, a path or a last piece of
 * it; `path` and `query`: a part of an address; `css`: a value in a style; `link`: the tracked address of a position.
 */
export const internalHelpers = {
  url: 'chapar_url',
  host: 'chapar_host',
  hostEnd: 'chapar_host_end',
  path: 'chapar_path',
  query: 'chapar_query',
  css: 'chapar_css',
  link: 'chapar_link',
  pixel: 'chapar_pixel',
} as const;

/** Names that mean the same in every scope and are no contact field. */
export const globalTags = { unsubscribe: 'unsubscribe_url', webView: 'web_view_url', sender: 'workspace' } as const;
export const globalNames: ReadonlySet<string> = new Set(Object.values(globalTags));
