import type { ApiKeyService } from '#domain/accounts';
import type { MailSignIn, MailSignInResult } from '#domain/mailstore';
import type { SubmissionIntake, Submitter } from '#domain/messages';
import { ChaparError, type ErrorKind } from '#base/kernel';
import {
  type SmtpCredentials,
  type SmtpPeer,
  type SmtpPolicy,
  type SmtpRefusal,
  SmtpRefused,
  type SubmissionOptions,
} from '#net/smtp-listener';
import { CallerRates } from '#platform/limits';
import { tryParseAddress } from '#protocol/mime';

/** Any user name with an API key as the password; or a mailbox with its password or an app password. */
export function signIn(
  keys: Pick<ApiKeyService, 'authenticate'>,
  mailboxes?: Pick<MailSignIn, 'signIn'>,
): SubmissionOptions['authenticate'] {
  return async ({ user, password }: SmtpCredentials, { remoteAddress }: SmtpPeer): Promise<Submitter | undefined> => {
    if (mailboxes && !API_KEY.test(password.trim())) return mailbox(await mailboxes.signIn(user, password, 'smtp', remoteAddress));
    try {
      const key = await keys.authenticate(password.trim(), remoteAddress);
      return { context: key.context, apiKeyId: key.id, domain: key.domain };
    } catch (error) {
      if (error instanceof ChaparError && error.kind !== 'unavailable' && error.kind !== 'internal') return undefined;
      throw error;
    }
  };
}

const API_KEY = /^(?:SG\.)?ck_/;

/** A wait is told as a wrong password is: who has to wait must not learn whether this one was right. */
function mailbox(found: MailSignInResult): Submitter | undefined {
  if (found === 'wrong' || 'waitSeconds' in found) return undefined;
  const { workspaceId, accountId, address, aliases } = found;
  return {
    context: { workspaceId, actor: { kind: 'mailbox', id: accountId } },
    apiKeyId: null,
    domain: null,
    addresses: [address.toLowerCase(), ...aliases],
  };
}

/** As often as the same key may call the API. */
export function submissionRate(perSecond: number, nowMs?: () => number): NonNullable<SubmissionOptions['mayBegin']> {
  const rates = new CallerRates(perSecond, nowMs);
  return (user) => {
    const { apiKeyId, context } = user as Submitter;
    return rates.take(apiKeyId ?? context.actor.id).isAllowed;
  };
}

/** Mail of those who signed in, to anybody. What is wrong with it is said in the reply to its final dot. */
export function submissionPolicy(intake: Pick<SubmissionIntake, 'take'>): SmtpPolicy {
  return {
    checkRecipient: (address) =>
      Promise.resolve(tryParseAddress(address).ok ? 'accept' : { code: 553, enhanced: '5.1.3', text: 'This is not a mail address' }),
    async onMessage({ user, mailFrom, recipients, dsn }, content) {
      try {
        const id = await intake.take(user as Submitter, { from: mailFrom, to: recipients, dsn }, content);
        return `queued as ${id}`;
      } catch (error) {
        if (error instanceof ChaparError && error.kind !== 'internal') throw new SmtpRefused(refusalOf(error));
        throw error;
      }
    },
  };
}

const codes: Readonly<Record<Exclude<ErrorKind, 'internal'>, readonly [code: number, enhanced: string]>> = {
  invalid: [554, '5.6.0'],
  unauthenticated: [535, '5.7.8'],
  forbidden: [550, '5.7.1'],
  'not-found': [554, '5.6.0'],
  conflict: [554, '5.5.0'],
  limit: [452, '4.3.1'],
  unavailable: [451, '4.3.0'],
};

function refusalOf(error: ChaparError): SmtpRefusal {
  const [code, enhanced] = error.retry === 'later' ? [451, '4.3.0'] : codes[error.kind as keyof typeof codes];
  // One line, in characters that every client shows (RFC 5321 §4.2).
  const text = `${error.message} [${error.code}]`.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 400);
  return { code, enhanced, text };
}
