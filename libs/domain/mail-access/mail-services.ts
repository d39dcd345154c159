import type { Logger } from '#base/kernel';
import type { FolderBeacon, MailFolders, MailMessages, MailSignIn, MessageBytes, MessageSearch } from '#domain/mailstore';
import type { DataSource } from 'typeorm';

/** What sessions of mail programs work with; one of each for all of them. */
export interface MailServices {
  readonly dataSource: DataSource;
  readonly folders: MailFolders;
  readonly messages: MailMessages;
  readonly bytes: MessageBytes;
  readonly search: MessageSearch;
  readonly beacon: Pick<FolderBeacon, 'watch'>;
  readonly signIn: Pick<MailSignIn, 'signIn'>;
  readonly hostname: string;
  readonly logger: Logger;
  /** The largest message that APPEND takes, bytes. */
  readonly appendLimit: number;
  /** Passwords may travel in the clear: only where nobody listens, such as in specs. */
  readonly allowsClearText: boolean;
}
