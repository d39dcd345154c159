import type { MailServices } from '#domain/mail-access';
import { AppPasswords, FolderBeacon, MailFolders, MailMessages, MailSignIn, MessageBytes, MessageSearch } from '#domain/mailstore';
import { openBlobStore } from '#platform/blobs';
import type { RoleContext } from '#platform/nest';

const APPEND_LIMIT = 40 * 1024 * 1024;

/** One of each for all sessions of this process. */
export function mailServices({ config, dataSource, logger, secrets }: RoleContext): MailServices & { readonly beacon: FolderBeacon } {
  const blobs = openBlobStore(config.blobUrl, config.dataDir);
  const beacon = new FolderBeacon(dataSource);
  const key = secrets.deriveKey('app-passwords');
  return {
    dataSource,
    folders: new MailFolders(dataSource),
    messages: new MailMessages(dataSource, blobs, beacon),
    bytes: new MessageBytes(blobs),
    search: new MessageSearch(dataSource),
    beacon,
    signIn: new MailSignIn(dataSource, new AppPasswords(dataSource, key), key),
    hostname: config.hostname,
    logger,
    appendLimit: APPEND_LIMIT,
    allowsClearText: false,
  };
}
