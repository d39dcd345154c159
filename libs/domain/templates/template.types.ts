/** Right-to-left is a property of the mail, not of who edits it. */
export type TextDirection = 'ltr' | 'rtl';

/** What a merge tag without a value does: render nothing, or stop that one message with `merge_value_missing`. */
export type MissingValuePolicy = 'empty' | 'strict';

/** What an author writes, and what decides how it is compiled. */
export interface TemplateInput {
  readonly subject: string;
  readonly preheader: string;
  /** MJML with Handlebars. */
  readonly source: string;
  /** Handlebars text; without it the plain-text part is made from the HTML. */
  readonly textSource?: string | null;
  /** BCP 47 tag of the mail's language, such as `en` or `fa`. */
  readonly language: string;
  readonly direction: TextDirection;
  readonly missingValues: MissingValuePolicy;
  /** The partials that `{{> name}}` may name: MJML with Handlebars. */
  readonly partials: ReadonlyMap<string, string>;
  /** Empty if it is left out. */
  readonly sender?: TemplateSender;
}

/** Who sends: what `{{workspace.name}}` and `{{workspace.postal_address}}` render. */
export interface TemplateSender {
  readonly name: string;
  readonly postal_address: string;
}

/** A link whose click is counted. */
export interface TemplateLink {
  /** From 1; the number in click tokens and in `events.link`. */
  readonly position: number;
  /** Where it leads; Handlebars if `isDynamic`. */
  readonly url: string;
  readonly isDynamic: boolean;
  /**
   * For a dynamic link inside `each` or `with`: the blocks around it, outermost first (`each items`). A link inside `each`
   * takes a position for every round: `position` for the first, one more for each that follows.
   */
  readonly within?: readonly string[];
}

/**
 * A template version ready to be rendered: plain JSON, stored in `template_versions.compiled` and never changed.
 * Handlebars is still in subject, preheader, html and text. Besides the author's tags they hold internal ones
 * (`chapar_link` and the like) that no author can write: see internal-tags.ts.
 */
export interface CompiledTemplate {
  readonly format: 1;
  readonly subject: string;
  readonly preheader: string;
  readonly html: string;
  readonly text: string;
  readonly links: readonly TemplateLink[];
  /** First segments of the merge tags, which the freeze copies to `deliveries.merge`; `all` if they cannot be listed. */
  readonly fields: readonly string[] | 'all';
  readonly missingValues: MissingValuePolicy;
  readonly direction: TextDirection;
  readonly language: string;
  readonly sender: TemplateSender;
}

export interface TemplateWarning {
  readonly code:
    | 'unsubscribe_link_added'
    | 'plain_text_incomplete'
    | 'mjml'
    | 'html_over_102_kb'
    | 'image_without_alt'
    | 'insecure_link'
    | 'link_not_absolute';
  readonly message: string;
  readonly line?: number;
}

export interface CompileResult {
  readonly compiled: CompiledTemplate;
  readonly warnings: readonly TemplateWarning[];
}

/** What merge tags read: JSON values of one contact (see `mergeDataOf`). Only own properties are ever looked at. */
export type MergeData = Readonly<Record<string, unknown>>;

/** The addresses of one message. Each is called only if the template needs it. */
export interface MessageUrls {
  /** The tracked address of the link at `position`. */
  link(position: number): string;
  /** Address of the open pixel; undefined leaves it out. */
  openPixel(): string | undefined;
  unsubscribe(): string;
  webView(): string;
}

export interface RenderedMessage {
  readonly subject: string;
  readonly preheader: string;
  /** Quoted-printable bytes of the UTF-8 HTML part, to be written one after the other. Static ones are shared: do not change them. */
  readonly html: Buffer[];
  /** Quoted-printable bytes of the UTF-8 plain-text part. */
  readonly text: Buffer[];
}

/** One version in the memory of a sender: parsed once, static parts encoded once. */
export interface PreparedTemplate {
  /** @throws ChaparError `merge_value_missing` (policy strict), `template_render_limit` (loops or output too large) */
  render(data: MergeData, urls: MessageUrls): RenderedMessage;
}

export interface PreviewedMessage {
  readonly subject: string;
  readonly preheader: string;
  readonly html: string;
  readonly text: string;
}
