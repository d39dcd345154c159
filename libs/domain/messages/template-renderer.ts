import type { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import {
  type CompiledTemplate,
  type PreviewedMessage,
  type MergeData,
  type MessageUrls,
  TemplateService,
  preparePreview,
  renderLink,
} from '#domain/templates';
import type { MessageDraft } from './message-draft.js';
import { messagesError } from './messages.errors.js';

interface Prepared {
  readonly compiled: CompiledTemplate;
  readonly render: (data: MergeData, urls?: MessageUrls) => PreviewedMessage;
}

const KEPT = 100;
/** A new version is used within this time. */
const FRESH_MS = 2_000;

/** Fills templates with the variables of a message; what is found wrong is the message's fault, before anything is accepted. */
export class TemplateRenderer {
  private readonly templates: TemplateService;
  private readonly current = new Map<string, { readonly versionId: string; readonly until: number }>();
  private readonly prepared = new Map<string, Prepared>();

  constructor(dataSource: DataSource) {
    this.templates = new TemplateService(dataSource);
  }

  /** The draft with subject and content from its template; what the draft says itself wins. @throws ChaparError `template_not_found`, `merge_value_missing` */
  async fill(context: ActorContext, draft: MessageDraft): Promise<MessageDraft> {
    const { template } = draft;
    if (!template) return draft;
    if (draft.html !== undefined || draft.text !== undefined)
      throw messagesError('message_invalid', 'template: give a template or html and text, not both.', {
        details: [{ field: 'template', code: 'conflict', message: 'template: give a template or html and text, not both' }],
      });
    const { compiled, render } = await this.template(context, template.id);
    const data: MergeData = { ...template.variables, email: draft.to[0] ?? '' };
    const unsubscribe = draft.topicId === undefined ? '' : '{{unsubscribe_url}}';
    const rendered = render(data, {
      link: (position) => renderLink(compiled, position, data) ?? '#',
      openPixel: () => undefined,
      unsubscribe: () => unsubscribe,
      webView: () => '#',
    });
    return { ...draft, subject: draft.subject ?? rendered.subject, html: rendered.html, text: rendered.text };
  }

  private async template(context: ActorContext, id: string): Promise<Prepared> {
    const key = `${context.workspaceId} ${id}`;
    const current = this.current.get(key);
    const known = current && current.until > Date.now() ? this.prepared.get(current.versionId) : undefined;
    if (known) return known;
    const { version } = await this.templates.get(context, id);
    if (this.current.size >= KEPT) this.current.clear();
    this.current.set(key, { versionId: version.id, until: Date.now() + FRESH_MS });
    const again = this.prepared.get(version.id);
    if (again) return again;
    if (this.prepared.size >= KEPT) this.prepared.delete(this.prepared.keys().next().value!);
    const prepared = { compiled: version.compiled, render: preparePreview(version.compiled) };
    this.prepared.set(version.id, prepared);
    return prepared;
  }
}
