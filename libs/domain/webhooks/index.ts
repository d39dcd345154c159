import { WebhookEndpointEntity } from './webhook-endpoint.entity.js';
import { WebhookAttemptEntity, WebhookMessageEntity } from './webhook-message.entity.js';

export { WebhookDispatcher, type WebhookDispatcherOptions } from './dispatcher.js';
export { type EndpointUrlRules } from './endpoint-url.js';
export { type WebhookEventType, webhookEventTypes } from './event-types.js';
export { type WebhookLogEntry, type WebhookLogQuery, WebhookLog } from './webhook-log.js';
export {
  type Webhook,
  type WebhookChange,
  WebhookService,
  type NewWebhook,
  newWebhookSchema,
  webhookChangeSchema,
} from './webhook.service.js';

export const webhooksEntities = [WebhookEndpointEntity, WebhookMessageEntity, WebhookAttemptEntity];
