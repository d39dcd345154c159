export {
  type ClientTransaction,
  SmtpConnectError,
  type SmtpClientOptions,
  type SmtpOutcome,
  type SmtpTarget,
  type SmtpTimeouts,
  type TlsMode,
  defaultTimeouts,
} from './smtp-client.types.js';
export { SmtpConnection } from './smtp-connection.js';
