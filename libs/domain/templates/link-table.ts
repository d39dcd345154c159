import { templateLimits } from './limits.js';
import type { TemplateLink } from './template.types.js';

export interface NewLink {
  readonly url: string;
  readonly isDynamic: boolean;
  /** Whether it stands in a comment that only Outlook reads: then it is its twin's copy. */
  readonly isInConditional: boolean;
  /** The scopes around it, if it has tags. */
  readonly within: readonly string[];
}

interface Entry extends TemplateLink {
  isOnlyInConditional: boolean;
}

const FIRST_LOOP_POSITION = templateLimits.links + 1;

/** Whether a scope repeats what it holds. */
export const isLoop = (scope: string): boolean => scope.startsWith('each ');

/** Gives every link its position: from 1, and for links in loops from a range of their own. */
export class LinkTable {
  private readonly list: Entry[] = [];
  private loopLinks = 0;

  /** @returns undefined if there are too many */
  add({ url, isDynamic, isInConditional, within }: NewLink): number | undefined {
    const twin = this.list.find((link) => link.url === url && sameScopes(link, within) && (isInConditional || link.isOnlyInConditional));
    if (twin) {
      if (!isInConditional) twin.isOnlyInConditional = false;
      return twin.position;
    }
    const position = this.nextPosition(within.some(isLoop));
    if (position === undefined) return undefined;
    this.list.push({ position, url, isDynamic, ...(within.length > 0 && { within }), isOnlyInConditional: isInConditional });
    return position;
  }

  /** Links of the plain-text part that the HTML part has too keep its position. */
  addForText(url: string): number | undefined {
    return this.list.find((link) => link.url === url)?.position ?? this.add({ url, isDynamic: false, isInConditional: false, within: [] });
  }

  links(): TemplateLink[] {
    return this.list.map(({ isOnlyInConditional: _, ...link }) => link);
  }

  private nextPosition(isInLoop: boolean): number | undefined {
    if (!isInLoop) {
      const position = this.list.length - this.loopLinks + 1;
      return position <= templateLimits.links ? position : undefined;
    }
    if (this.loopLinks >= templateLimits.loopLinks) return undefined;
    return FIRST_LOOP_POSITION + this.loopLinks++ * templateLimits.eachRounds;
  }
}

const sameScopes = ({ within = [] }: TemplateLink, other: readonly string[]): boolean => within.join('\n') === other.join('\n');

/** The link that a position of a click belongs to, and the round of the loop it stood in. */
export function findLink(links: readonly TemplateLink[], position: number): { link: TemplateLink; round: number | undefined } | undefined {
  for (const link of links) {
    const round = position - link.position;
    if (round === 0 && !link.within?.some(isLoop)) return { link, round: undefined };
    if (link.within?.some(isLoop) && round >= 0 && round < templateLimits.eachRounds) return { link, round };
  }
  return undefined;
}
