export {
  type ClientTransaction,
  type LocalAddresses,
  type ProxyHop,
  SmtpConnectError,
  type SmtpClientOptions,
  type SmtpOutcome,
  type SmtpTarget,
  type SmtpTimeouts,
  type TlsMode,
  type TlsPeer,
  type TlsProblem,
  type TlsSession,
  defaultTimeouts,
} from './smtp-client.types.js';
export { SmtpConnection } from './smtp-connection.js';
