import type { DataSource, Repository } from 'typeorm';
import * as z from 'zod';
import { type ActorContext, type Clock, uuidv7 } from '#base/kernel';
import { appendAudit } from '#platform/audit';
import type { SecretBox } from '#platform/secrets';
import { type EndpointUrlRules, endpointUrlProblem } from './endpoint-url.js';
import { webhookEventTypes } from './event-types.js';
import { newSecret } from './signature.js';
import { WebhookEndpointEntity } from './webhook-endpoint.entity.js';
import { webhookError } from './webhooks.errors.js';

const events = z.array(z.enum(webhookEventTypes)).min(1).max(webhookEventTypes.length);
const description = z
  .string()
  .max(500)
  .refine((text) => !text.includes('\0'), 'may not contain NUL');

export const newWebhookSchema = z.strictObject({ url: z.string(), events, description: description.default('') });
export const webhookChangeSchema = z
  .strictObject({ url: z.string(), events, description, state: z.enum(['enabled', 'disabled']) })
  .partial();
export type NewWebhook = z.input<typeof newWebhookSchema>;
export type WebhookChange = z.input<typeof webhookChangeSchema>;

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly state: 'enabled' | 'disabled';
  readonly stateReason: string;
  readonly failingSince: Date | null;
  readonly oldSecretUntil: Date | null;
  readonly createdAt: Date;
}

const MAX_WEBHOOKS = 10;
const HOUR_MS = 3600_000;

/** The webhooks of a workspace. Secrets are shown once, when they are made. */
export class WebhookService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: Pick<SecretBox, 'seal'>,
    private readonly rules: EndpointUrlRules,
    private readonly clock: Clock,
  ) {}

  /** @throws ChaparError `webhook_invalid`, `webhook_limit` */
  async create(context: ActorContext, input: NewWebhook): Promise<{ webhook: Webhook; secret: string }> {
    const values = parse(newWebhookSchema, input);
    this.requireUsable(values.url);
    const [id, secret] = [uuidv7(), newSecret()];
    await this.dataSource.transaction(async (manager) => {
      // Two requests at once must not both find room for one more.
      await manager.query('SELECT FROM workspaces WHERE id = $1 FOR UPDATE', [context.workspaceId]);
      const repository = manager.getRepository(WebhookEndpointEntity);
      if ((await repository.countBy({ workspaceId: context.workspaceId })) >= MAX_WEBHOOKS)
        throw webhookError('webhook_limit', `This workspace has ${MAX_WEBHOOKS} webhooks already.`);
      await repository.insert({
        ...values,
        events: unique(values.events),
        id,
        workspaceId: context.workspaceId,
        secretSealed: this.seal(id, secret),
      });
      await appendAudit(manager, auditOf(context, 'webhook.create', values.url, { webhook: id, events: values.events }));
    });
    return { webhook: await this.get(context, id), secret };
  }

  async list(context: ActorContext): Promise<Webhook[]> {
    const rows = await this.endpoints.find({ where: { workspaceId: context.workspaceId }, order: { createdAt: 'ASC' } });
    return rows.map(view);
  }

  /** @throws ChaparError `webhook_not_found`, also for one of another workspace */
  async get(context: ActorContext, id: string): Promise<Webhook> {
    return view(await this.find(context, id));
  }

  /** Switching one on again forgets that it failed. @throws ChaparError `webhook_not_found`, `webhook_invalid` */
  async change(context: ActorContext, id: string, input: WebhookChange): Promise<Webhook> {
    const { state, ...change } = parse(webhookChangeSchema, input);
    const before = await this.find(context, id);
    if (change.url !== undefined) this.requireUsable(change.url);
    await this.dataSource.transaction(async (manager) => {
      await manager.getRepository(WebhookEndpointEntity).update(
        { id, workspaceId: context.workspaceId },
        {
          ...(change.url !== undefined && { url: change.url }),
          ...(change.description !== undefined && { description: change.description }),
          ...(change.events !== undefined && { events: unique(change.events) }),
          ...(state !== undefined && { state, stateReason: state === 'disabled' ? 'Switched off by hand.' : '', failingSince: null }),
          updatedAt: this.clock.now(),
        },
      );
      await appendAudit(manager, auditOf(context, 'webhook.change', before.url, { webhook: id, ...input }));
    });
    return this.get(context, id);
  }

  /** What waits for it is forgotten. @throws ChaparError `webhook_not_found` */
  async delete(context: ActorContext, id: string): Promise<void> {
    const { url } = await this.find(context, id);
    await this.dataSource.transaction(async (manager) => {
      await manager.getRepository(WebhookEndpointEntity).delete({ id, workspaceId: context.workspaceId });
      await appendAudit(manager, auditOf(context, 'webhook.delete', url, { webhook: id }));
    });
  }

  /** For `overlapHours` the old secret signs too. @throws ChaparError `webhook_not_found` */
  async rotateSecret(context: ActorContext, id: string, overlapHours = 24): Promise<{ secret: string; oldSecretUntil: Date }> {
    const before = await this.find(context, id);
    const secret = newSecret();
    const oldSecretUntil = new Date(this.clock.now().getTime() + overlapHours * HOUR_MS);
    await this.dataSource.transaction(async (manager) => {
      await manager
        .getRepository(WebhookEndpointEntity)
        .update(
          { id, workspaceId: context.workspaceId },
          { secretSealed: this.seal(id, secret), oldSecretSealed: before.secretSealed, oldSecretUntil },
        );
      await appendAudit(manager, auditOf(context, 'webhook.rotate-secret', before.url, { webhook: id, overlapHours }));
    });
    return { secret, oldSecretUntil };
  }

  private get endpoints(): Repository<WebhookEndpointEntity> {
    return this.dataSource.getRepository(WebhookEndpointEntity);
  }

  private async find(context: ActorContext, id: string): Promise<WebhookEndpointEntity> {
    const row = z.uuid().safeParse(id).success ? await this.endpoints.findOneBy({ id, workspaceId: context.workspaceId }) : null;
    if (row === null) throw webhookError('webhook_not_found', 'This workspace has no such webhook.');
    return row;
  }

  private requireUsable(url: string): void {
    const problem = endpointUrlProblem(url, this.rules);
    if (problem !== undefined)
      throw webhookError('webhook_invalid', problem, { details: [{ field: 'url', code: 'refused', message: problem }] });
  }

  private seal(id: string, secret: string): Buffer {
    return this.secrets.seal(Buffer.from(secret), `webhook:${id}`);
  }
}

function view(row: WebhookEndpointEntity): Webhook {
  const { id, url, description: text, events: types, state, stateReason, failingSince, oldSecretUntil, createdAt } = row;
  return { id, url, description: text, events: types, state, stateReason, failingSince, oldSecretUntil, createdAt };
}

const unique = (types: readonly string[]): string[] => [...new Set(types)];

function auditOf(context: ActorContext, action: string, target: string, detail: object) {
  return { workspaceId: context.workspaceId, actor: `${context.actor.kind} ${context.actor.id}`, action, target, detail };
}

function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), code: issue.code, message: issue.message }));
  throw webhookError('webhook_invalid', `The webhook cannot be saved: ${details.map((d) => `${d.field} ${d.message}`).join('; ')}.`, {
    details,
  });
}
