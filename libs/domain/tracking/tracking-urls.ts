import type { RowId } from '#base/kernel';
import type { TrackingTokens } from './tracking-tokens.js';

/** The paths the tracker answers, relative to the public URL. A token follows each. */
export const trackingPaths = { open: '/t/o/', click: '/t/c/', webView: '/t/v/', unsubscribe: '/u/' } as const;

/** The addresses and links of one delivery. */
export class TrackingUrls {
  constructor(
    private readonly tokens: TrackingTokens,
    private readonly publicUrl: string,
  ) {}

  openPixel(deliveryId: RowId): string {
    return `${this.publicUrl}${trackingPaths.open}${this.tokens.sign('open', deliveryId)}.gif`;
  }

  click(deliveryId: RowId, position: number): string {
    return `${this.publicUrl}${trackingPaths.click}${this.tokens.sign('click', deliveryId, position)}`;
  }

  webView(deliveryId: RowId): string {
    return `${this.publicUrl}${trackingPaths.webView}${this.tokens.sign('web-view', deliveryId)}`;
  }

  /** Shown to people by GET; RFC 8058 one-click by POST. */
  unsubscribe(deliveryId: RowId): string {
    return `${this.publicUrl}${trackingPaths.unsubscribe}${this.tokens.sign('unsubscribe', deliveryId)}`;
  }

  /** The VERP return path: a bounce to it names its delivery. */
  returnPath(deliveryId: RowId, returnPathHost: string): string {
    return `${addressPrefixes.bounce}${this.tokens.sign('bounce', deliveryId)}@${returnPathHost}`;
  }

  /** A Reply-To that ties the answer to its campaign and contact. */
  replyTo(deliveryId: RowId, returnPathHost: string): string {
    return `${addressPrefixes.reply}${this.tokens.sign('reply', deliveryId)}@${returnPathHost}`;
  }
}

/** Local-part prefixes of the addresses that the MX role accepts. Complaints (ARF) come to the plain local part. */
export const addressPrefixes = { bounce: 'b-', reply: 'r-' } as const;
export const FEEDBACK_LOOP_LOCAL_PART = 'fbl';
