import type { ChaparError, ErrorKind } from '#base/kernel';

/** Resources that have Resend's shape: at the root, and under /v1 where no other shape was there before. */
const SEND_API = /^(?:\/v1)?\/(?:emails|domains|api-keys)(?:[/?]|$)|^\/(?:suppressions|contacts|broadcasts|templates)(?:[/?]|$)/;

export function isSendApi(url: string): boolean {
  return SEND_API.test(url);
}

/** What Resend's clients call our errors; those that are not here, by their kind. */
const names: Readonly<Record<string, string>> = {
  sign_in_required: 'missing_api_key',
  api_key_invalid: 'invalid_api_key',
  session_invalid: 'invalid_api_key',
  scope_too_small: 'restricted_api_key',
  sender_domain_refused: 'restricted_api_key',
  api_key_network_refused: 'invalid_access',
  cross_site_refused: 'security_error',
  sender_invalid: 'invalid_from_address',
  sender_domain_unverified: 'validation_error',
  attachment_invalid: 'invalid_attachment',
  idempotency_key_invalid: 'invalid_idempotency_key',
  idempotency_key_reused: 'invalid_idempotent_request',
  idempotency_key_in_flight: 'concurrent_idempotent_requests',
};

const namesOfKinds: Readonly<Record<ErrorKind, string>> = {
  invalid: 'validation_error',
  unauthenticated: 'missing_api_key',
  forbidden: 'invalid_access',
  'not-found': 'not_found',
  conflict: 'validation_error',
  limit: 'rate_limit_exceeded',
  unavailable: 'application_error',
  internal: 'internal_server_error',
};

export function sendApiName(error: ChaparError): string {
  const isMissingField =
    error.code === 'validation_error' && error.details.length > 0 && error.details.every(({ code }) => code === 'missing');
  return isMissingField ? 'missing_required_field' : (names[error.code] ?? namesOfKinds[error.kind]);
}

export function sendApiStatus(error: ChaparError): number | undefined {
  return error.code === 'idempotency_key_invalid' ? 400 : undefined;
}

/** The name of an answer that the HTTP server itself gave. */
export function sendApiNameOf(statusCode: number): string {
  if (statusCode === 404) return 'not_found';
  if (statusCode === 405) return 'method_not_allowed';
  if (statusCode === 429) return 'rate_limit_exceeded';
  return statusCode < 500 ? 'validation_error' : 'internal_server_error';
}
