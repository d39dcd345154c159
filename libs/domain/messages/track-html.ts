import type { SlotKind } from '#domain/sending';
import { decodeEntities, walkMarkup } from '#domain/templates';
import type { PartContent } from '#protocol/mime';

export interface TrackedHtml {
  /** The id of a hole is its index in `slots`. */
  readonly content: PartContent;
  /** Kind, and position of the link for clicks. */
  readonly slots: readonly (readonly [SlotKind, number])[];
  readonly links: readonly string[];
}

export interface Tracking {
  readonly opens: boolean;
  readonly clicks: boolean;
}

/** A click token has two bytes for the position. */
const MAX_LINKS = 65_535;
/** What senders write where the address to unsubscribe goes. */
export const UNSUBSCRIBE_TAG = /\{\{\{?\s*(?:unsubscribe_url|RESEND_UNSUBSCRIBE_URL)\s*\}?\}\}/g;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly slot: readonly [SlotKind, number];
}

/** Takes out what is different for every recipient: the targets of counted links, unsubscribe addresses, the open pixel. */
export function trackHtml(html: string, { opens, clicks }: Tracking): TrackedHtml {
  const edits: Edit[] = [];
  const links: string[] = [];
  for (const { index, 0: tag } of html.matchAll(UNSUBSCRIBE_TAG))
    edits.push({ start: index, end: index + tag.length, slot: ['unsubscribe', 0] });
  if (clicks) {
    walkMarkup(html, {
      attribute({ element, name, start, end, isQuoted }) {
        if (name !== 'href' || !isQuoted || (element !== 'a' && element !== 'area') || links.length >= MAX_LINKS) return;
        const url = webAddress(decodeEntities(html.slice(start, end)).trim());
        if (url === undefined) return;
        links.push(url);
        edits.push({ start, end, slot: ['click', links.length] });
      },
    });
  }
  if (opens) {
    const closing = html.toLowerCase().lastIndexOf('</body');
    const end = closing < 0 ? html.length : closing;
    edits.push({ start: end, end, slot: ['open', 0] });
  }
  return { ...cut(html, edits), links };
}

/** The same in plain text, where only unsubscribe addresses differ. */
export function trackText(text: string): Pick<TrackedHtml, 'content' | 'slots'> {
  const edits = [...text.matchAll(UNSUBSCRIBE_TAG)].map(({ index, 0: tag }): Edit => ({
    start: index,
    end: index + tag.length,
    slot: ['unsubscribe', 0],
  }));
  return cut(text, edits);
}

function cut(text: string, edits: readonly Edit[]): Pick<TrackedHtml, 'content' | 'slots'> {
  const content: (string | { hole: number })[] = [];
  const slots: (readonly [SlotKind, number])[] = [];
  let from = 0;
  for (const { start, end, slot } of [...edits].sort((a, b) => a.start - b.start)) {
    if (start < from) continue;
    if (start > from) content.push(text.slice(from, start));
    content.push({ hole: slots.length });
    slots.push(slot);
    from = end;
  }
  if (from < text.length) content.push(text.slice(from));
  return { content, slots };
}

/** Left as they are: links of other kinds, and addresses that carry a password. */
function webAddress(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || text.length > 8_000 || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' ? url.href : undefined;
}
