/** As much of CSS as hides text. */
export interface Style {
  readonly isHidden: boolean;
  readonly isTiny: boolean;
  /** `#rrggbb`; undefined: not known. */
  readonly color: string | undefined;
  readonly ground: string | undefined;
}

export const rootStyle: Style = { isHidden: false, isTiny: false, color: undefined, ground: '#ffffff' };

const HIDING =
  /(?:^|;)\s{0,10}(?:display\s{0,5}:\s{0,5}none|visibility\s{0,5}:\s{0,5}hidden|opacity\s{0,5}:\s{0,5}0(?:\.0+)?(?![.\d])|text-indent\s{0,5}:\s{0,5}-\d{3,5}|max-height\s{0,5}:\s{0,5}0(?![.\d]))/i;
const FONT_SIZE = /(?:^|;)\s{0,10}font-size\s{0,5}:\s{0,5}(\d{1,4}(?:\.\d{1,4})?)\s{0,3}(px|pt|em|rem|%)?/i;
const COLOR = /(?:^|;)\s{0,10}color\s{0,5}:\s{0,5}([^;!]{1,40})/i;
const GROUND = /(?:^|;)\s{0,10}background(?:-color)?\s{0,5}:\s{0,5}([^;!]{1,80})/i;

/** Smallest size in CSS pixels of what people can read. */
const READABLE_PX = 3;

export function readStyle(name: string, attributes: Record<string, string>, outer: Style): Style {
  const css = (attributes['style'] ?? '').slice(0, 2_000);
  const color =
    colorOf(COLOR.exec(css)?.[1]) ??
    (name === 'font' || name === 'body' ? colorOf(attributes['color'] ?? attributes['text']) : undefined) ??
    outer.color;
  const ground = groundOf(css, attributes, outer);
  const size = FONT_SIZE.exec(css);
  const isTiny = size ? pixels(Number(size[1]), size[2]) < READABLE_PX : outer.isTiny;
  // Only what says its colour itself, or whose ground was changed under it, can be hidden by them.
  const isUnseen = color !== undefined && ground !== undefined && isSame(color, ground);
  return { isHidden: outer.isHidden || attributes['hidden'] !== undefined || HIDING.test(css) || isUnseen, isTiny, color, ground };
}

function groundOf(css: string, attributes: Record<string, string>, outer: Style): string | undefined {
  const written = GROUND.exec(css)?.[1];
  // An image or a gradient behind text may have any colour; a class may bring any ground.
  if (/url\(|gradient/i.test(written ?? css) || attributes['background'] !== undefined) return undefined;
  return (
    colorOf(written?.split(/\s+(?![^(]*\))/)[0]) ??
    colorOf(attributes['bgcolor']) ??
    (attributes['class'] === undefined ? outer.ground : undefined)
  );
}

function pixels(value: number, unit: string | undefined): number {
  const factor = { px: 1, pt: 4 / 3, em: 16, rem: 16, '%': 0.16 }[(unit ?? 'px').toLowerCase()] ?? 1;
  return value * factor;
}

const NAMED: Readonly<Record<string, string>> = {
  white: '#ffffff',
  black: '#000000',
  red: '#ff0000',
  blue: '#0000ff',
  gray: '#808080',
  silver: '#c0c0c0',
  ivory: '#fffff0',
  snow: '#fffafa',
};

/** `#rrggbb` of a colour; undefined for what is none, is transparent or is not known here. */
export function colorOf(text: string | undefined): string | undefined {
  const value = text?.trim().toLowerCase() ?? '';
  const hex = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/.exec(value)?.[1];
  if (hex) return hex.length === 3 ? `#${[...hex].map((digit) => digit + digit).join('')}` : `#${hex}`;
  const rgb = /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(?:1|1\.0|100%)\s*)?\)$/.exec(value);
  if (rgb)
    return `#${rgb
      .slice(1)
      .map((part) => Math.min(255, Number(part)).toString(16).padStart(2, '0'))
      .join('')}`;
  return Object.hasOwn(NAMED, value) ? NAMED[value] : undefined;
}

/** Too near to tell apart. */
function isSame(one: string, other: string): boolean {
  const part = (color: string, at: number) => Number.parseInt(color.slice(at, at + 2), 16);
  return [1, 3, 5].every((at) => Math.abs(part(one, at) - part(other, at)) <= 12);
}
