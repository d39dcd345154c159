import { templateLimits } from './limits.js';
import type { TemplateLink } from './template.types.js';

/** Gives every link its position. Outlook's copy of a link counts as the same link. */
export class LinkTable {
  private readonly list: (TemplateLink & { isOnlyInConditional: boolean })[] = [];

  /** @returns undefined if there are too many */
  add(url: string, isDynamic: boolean, isInConditional: boolean): number | undefined {
    const twin = this.list.find((link) => link.url === url && (isInConditional || link.isOnlyInConditional));
    if (twin) {
      if (!isInConditional) twin.isOnlyInConditional = false;
      return twin.position;
    }
    if (this.list.length >= templateLimits.links) return undefined;
    const position = this.list.length + 1;
    this.list.push({ position, url, isDynamic, isOnlyInConditional: isInConditional });
    return position;
  }

  /** Links of the plain-text part that the HTML part has too keep its position. */
  addForText(url: string): number | undefined {
    return this.list.find((link) => link.url === url)?.position ?? this.add(url, false, false);
  }

  links(): TemplateLink[] {
    return this.list.map(({ position, url, isDynamic }) => ({ position, url, isDynamic }));
  }
}
