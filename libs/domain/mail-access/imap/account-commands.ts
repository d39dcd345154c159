import { messageOf } from '#base/kernel';
import {
  type CommandOf,
  capabilities,
  capability,
  continuation,
  decodeBase64,
  enabled,
  idResponse,
  namespaceResponse,
  quotaResponse,
  quotaRootResponse,
  statusLine,
} from '#protocol/imap';
import { type Answer, ImapRefusal, ok } from './answers.js';
import { readPlain } from '../sasl-plain.js';
import type { ImapSession } from './imap-session.js';

export type AccountCommand = CommandOf<
  'CAPABILITY' | 'ID' | 'LOGOUT' | 'STARTTLS' | 'AUTHENTICATE' | 'LOGIN' | 'ENABLE' | 'NAMESPACE' | 'GETQUOTA' | 'GETQUOTAROOT' | 'SETQUOTA'
>;

/** What the codec can speak and this server does not do. */
const NOT_OFFERED = ['METADATA', 'NOTIFY', 'ACL', 'RIGHTS', 'COMPRESS', 'CREATE-SPECIAL-USE'];
const QUOTA_ROOT = '';
const MECHANISMS = ['PLAIN'];
const FAILURE_MS = 1_000;

export function offeredCapabilities(session: ImapSession): string[] {
  const { channel, account, services } = session;
  return capabilities({
    isAuthenticated: account !== undefined,
    isTls: channel.isTls,
    hasTls: true,
    mayLogIn: session.mayLogIn,
    mechanisms: MECHANISMS,
    appendLimit: services.appendLimit,
    disabled: [...NOT_OFFERED, ...(account?.disabledCapabilities ?? [])],
  });
}

export async function accountCommand(session: ImapSession, command: AccountCommand): Promise<Answer | 'later'> {
  switch (command.name) {
    case 'CAPABILITY':
      await session.say(capability(offeredCapabilities(session)));
      return ok('Done');
    case 'ID':
      await session.say(idResponse({ name: 'Chapar' }));
      return ok('Done');
    case 'LOGOUT':
      await session.say(statusLine('*', 'BYE', 'Good-bye'), statusLine(command.tag, 'OK', 'Signed out'));
      session.isOver = true;
      session.channel.end();
      return 'later';
    case 'STARTTLS':
      return startTls(session, command.tag);
    case 'LOGIN':
      return signIn(session, command.username, command.password);
    case 'AUTHENTICATE':
      return authenticate(session, command);
    case 'ENABLE':
      return enable(session, command.capabilities);
    case 'NAMESPACE':
      await session.say(namespaceResponse([{ prefix: '' }], [], [], session.settings));
      return ok('Done');
    case 'SETQUOTA':
      throw new ImapRefusal('Quotas are set by administrators', 'NOPERM');
    case 'GETQUOTAROOT':
      await session.say(quotaRootResponse(command.mailbox, [QUOTA_ROOT], session.settings));
      await sayQuota(session);
      return ok('Done');
    case 'GETQUOTA':
      if (command.root !== QUOTA_ROOT) throw new ImapRefusal('There is no such quota root', 'NONEXISTENT');
      await sayQuota(session);
      return ok('Done');
    default:
      return command satisfies never;
  }
}

/** The answer to AUTHENTICATE's empty challenge. */
export async function answerAuthenticate(session: ImapSession, line: string): Promise<Answer> {
  if (line === '*') throw new ImapRefusal('Cancelled', undefined, 'BAD');
  const response = decodeBase64(line);
  if (!response) throw new ImapRefusal('That is no base64', undefined, 'BAD');
  return signInPlain(session, response);
}

async function startTls(session: ImapSession, tag: string): Promise<'later'> {
  const { channel, reader } = session;
  if (channel.isTls) throw new ImapRefusal('TLS is on already', undefined, 'BAD');
  channel.pause();
  await session.say(statusLine(tag, 'OK', 'Begin TLS now'));
  // What came before TLS is nobody's command (RFC 9051 §6.2.1).
  reader.discardBuffered();
  try {
    await channel.startTls();
  } catch (error) {
    session.services.logger.debug({ reason: messageOf(error) }, 'a client broke STARTTLS off');
    session.isOver = true;
    channel.destroy();
  }
  return 'later';
}

async function authenticate(
  session: ImapSession,
  { mechanism, initialResponse, tag }: CommandOf<'AUTHENTICATE'>,
): Promise<Answer | 'later'> {
  if (!session.mayLogIn) throw new ImapRefusal('Turn TLS on first', 'PRIVACYREQUIRED');
  if (mechanism.toUpperCase() !== 'PLAIN') throw new ImapRefusal('This mechanism is not offered');
  if (initialResponse) return signInPlain(session, initialResponse);
  session.expectSaslAnswer(tag);
  await session.say(continuation(''));
  return 'later';
}

function signInPlain(session: ImapSession, response: Buffer): Promise<Answer> {
  const credentials = readPlain(response);
  if (!credentials) throw new ImapRefusal('That is no answer to PLAIN', undefined, 'BAD');
  return signIn(session, credentials.user, credentials.password);
}

async function signIn(session: ImapSession, user: string, password: string): Promise<Answer> {
  if (!session.mayLogIn) throw new ImapRefusal('Turn TLS on first', 'PRIVACYREQUIRED');
  const found = await session.services.signIn.signIn(user, password, 'imap', session.channel.remoteAddress);
  if (found === 'wrong') {
    await new Promise((resolve) => setTimeout(resolve, FAILURE_MS));
    throw new ImapRefusal('The user or the password is wrong', 'AUTHENTICATIONFAILED');
  }
  if ('waitSeconds' in found) throw new ImapRefusal(`Too many failed sign-ins: wait ${found.waitSeconds} seconds`, 'UNAVAILABLE');
  session.signedIn(found);
  return ok('Signed in', { code: 'CAPABILITY', capabilities: offeredCapabilities(session) });
}

/** RFC 5161: unknown ones are passed over. */
async function enable(session: ImapSession, wanted: readonly string[]): Promise<Answer> {
  const { enabled: on, reader } = session;
  const offered = new Set(offeredCapabilities(session));
  const done = wanted.filter(
    (name) =>
      (name === 'CONDSTORE' || name === 'QRESYNC' || name === 'UTF8=ACCEPT' || name === 'IMAP4REV2') &&
      (offered.has(name) || (name === 'IMAP4REV2' && offered.has('IMAP4rev2'))),
  );
  for (const name of done) {
    if (name === 'CONDSTORE' || name === 'QRESYNC') on.condstore = true;
    if (name === 'QRESYNC') on.qresync = true;
    if (name === 'UTF8=ACCEPT') on.utf8 = true;
    if (name === 'IMAP4REV2') on.rev2 = true;
  }
  reader.isUtf8 = session.settings.isUtf8;
  await session.say(enabled(done.map((name) => (name === 'IMAP4REV2' ? 'IMAP4rev2' : name))));
  return ok('Done');
}

/** Without a limit there is nothing to tell (RFC 9208 §4.2.1). */
async function sayQuota(session: ImapSession): Promise<void> {
  const [row] = (await session.services.dataSource.query(
    'SELECT quota_bytes::float8 AS quota, used_bytes::float8 AS used FROM mail_accounts WHERE id = $1',
    [session.account!.accountId],
  )) as { quota: number | null; used: number }[];
  if (!row || row.quota === null) return;
  const kilobytes = (bytes: number) => Math.ceil(bytes / 1024);
  await session.say(
    quotaResponse(QUOTA_ROOT, [{ resource: 'STORAGE', used: kilobytes(row.used), limit: Math.floor(row.quota / 1024) }], session.settings),
  );
}
