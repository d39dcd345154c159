import { ContactEntity } from './contact.entity.js';
import { ContactImportEntity } from './import/contact-import.entity.js';
import { ListEntity } from './list.entity.js';
import { ListMembershipEntity } from './list-membership.entity.js';
import { SuppressionEntity, SuppressionOverrideEntity } from './suppression.entity.js';
import { TopicChoiceEntity, TopicEntity } from './topic.entity.js';

export { AudienceModule, type AudienceModuleOptions } from './audience.module.js';
export { exportContacts, type ContactExportOptions } from './contact-export.js';
export { type Contact, type ContactPage, type ContactQuery, ContactService, type NewContact } from './contact.service.js';
export { spreadsheetSafe } from './csv/write-csv.js';
export { importJob } from './import/import-job.js';
export type { ContactImport, ImportOptions, ImportStatus, NewImport, RunOptions } from './import/import.types.js';
export { importOptionsSchema } from './import/import.types.js';
export { type ImportDependencies, ImportService } from './import/import.service.js';
export type { OptIn } from './list.entity.js';
export { type ContactList, type ContactListWithCounts, ListService, type NewList } from './list.service.js';
export type { MembershipStatus } from './list-membership.entity.js';
export { type Membership, MembershipService, type SubscribeOptions } from './membership.service.js';
export {
  type AudienceCounts,
  type AudienceSelection,
  type ContactIdRange,
  type SqlFragment,
  countAudience,
  membersOf,
  sendableContacts,
} from './selection-sql.js';
export { type SuppressionReason, type SuppressionScope, suppressionReasons, suppressionScopes } from './suppression.entity.js';
export { SuppressionService } from './suppression.service.js';
export { type SuppressionImport, type SuppressionImportOptions, importSuppressions } from './suppression-import.js';
export { type SuppressedAddressSql, allowedSql, nearestSuppression, suppressionsOf } from './suppression-sql.js';
export type {
  MailStream,
  NewSuppression,
  Suppression,
  SuppressionOverride,
  SuppressionPage,
  SuppressionQuery,
  SuppressionsAdded,
} from './suppression.types.js';

export { type NewTopic, type Topic, type TopicChange, TopicService, newTopicSchema, topicChangeSchema } from './topic.service.js';

export const audienceEntities = [
  ContactEntity,
  ListEntity,
  ListMembershipEntity,
  SuppressionEntity,
  SuppressionOverrideEntity,
  TopicEntity,
  TopicChoiceEntity,
  ContactImportEntity,
];
