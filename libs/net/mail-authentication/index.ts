export { type AuthenticateOptions, type ReceivedFrom, authenticateMail } from './authenticate-mail.js';
export { authenticationResultsField, isForgedResults } from './authentication-results.js';
export { type CheckedContent, whileChecking } from './while-checking.js';
