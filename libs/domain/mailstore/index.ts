import { MailAccountEntity, MailAliasEntity, MailAppPasswordEntity } from './mail-account.entity.js';
import { MailFolderEntity, MailSubscriptionEntity } from './mail-folder.entity.js';
import { MailExpungedEntity, MailMessageEntity } from './mail-message.entity.js';

export { type AppPasswordView, AppPasswords, type MailScope, type NewAppPassword, mailScopes } from './app-passwords.js';
export { DELETED, type FlagSet, SEEN, fromFlagSet, systemFlags, toFlagSet } from './flags.js';
export { FolderBeacon } from './folder-beacon.js';
export { type MailAccountView, MailAccounts, type NewMailAccount } from './mail-accounts.js';
export { type Announcement, MailDelivery, type MailDeliveryParts, type MailToDeliver } from './mail-delivery.js';
export { type FolderCounts, type MailFolder, MailFolders, type RenamedFolder } from './mail-folders.js';
export { type FolderChanges, type FolderView, MailMessages } from './mail-messages.js';
export type {
  Appended,
  Copied,
  MessageFacts,
  MessageFlags,
  NewMessage,
  StoreRequest,
  StoreResult,
  StoredMessage,
} from './message.types.js';
export { type FoundMessage, MessageSearch, type SearchNumbers } from './message-search.js';
export { type MailRecipient, MailRecipients } from './mail-recipients.js';
export { MailSignIn, type MailSignInResult, type SignedInMailbox } from './mail-sign-in.js';
export { MessageBytes, type StoredBytes } from './message-bytes.js';

export const mailstoreEntities = [
  MailAccountEntity,
  MailAliasEntity,
  MailAppPasswordEntity,
  MailFolderEntity,
  MailSubscriptionEntity,
  MailMessageEntity,
  MailExpungedEntity,
];
