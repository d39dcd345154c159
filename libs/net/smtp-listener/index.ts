export { startSmtpListener } from './smtp-listener.js';
export {
  type RecipientVerdict,
  type RunningSmtpListener,
  type SmtpCredentials,
  type SmtpDsnRequest,
  type SmtpEnvelope,
  type SmtpLimits,
  type SmtpListenerOptions,
  type SmtpPeer,
  type SmtpPolicy,
  type SmtpRefusal,
  SmtpRefused,
  type SubmissionOptions,
  defaultSmtpLimits,
} from './smtp-listener.types.js';
